// The simplest possible reservations: ports that are made without reading anything, committed in groups, and a signature.
// It imports nothing of ours.
import { generateKeyPairSync, sign } from "node:crypto";
import { insertPort, mutatePorts } from "./bare-ports.ts";
import { checkInserted, printTransaction, RawOvsdb } from "./raw-ovsdb.ts";

/** The largest number of reviews in one transaction, and of transactions in flight, like the webhook's. */
const maxGroup = 64;
const connections = 2;
/** A text of about the size that a token signs. */
const signed = Buffer.alloc(300, "x");

export class BareReservations {
  readonly #switches: readonly string[];
  readonly #idle: RawOvsdb[];
  readonly #key = generateKeyPairSync("ed25519").privateKey;
  #waiting: ((signature: Promise<string>) => void)[] = [];
  #address = 0x0a000002;

  /** Each reservation has one port on each of the switches. */
  constructor(path: string, switches: readonly string[]) {
    this.#switches = switches;
    this.#idle = Array.from({ length: connections }, () => new RawOvsdb(path));
  }

  /** Resolves when the ports are committed, durably, with a signature. It is made while the server commits. */
  reserve(): Promise<string> {
    const signature = new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
    });
    setImmediate(() => {
      this.#send();
    });
    return signature;
  }

  #send(): void {
    const raw = this.#waiting.length === 0 ? undefined : this.#idle.pop();
    if (raw === undefined) return;
    const group = this.#waiting.splice(0, maxGroup);
    const reviews = group.map(() => this.#address++);
    const operations = this.#switches.flatMap((uuid, n) => {
      const names = reviews.map((_, index) => `p${n}_${index}`);
      const inserts = reviews.map((address, index) => insertPort(`BARE${n}`, address, names[index] ?? ""));
      const members = names.map((name) => ["named-uuid", name]);
      return [...inserts, mutatePorts(uuid, "insert", members)];
    });
    const committed = raw.send(printTransaction([...operations, { op: "commit", durable: true }])).then((reply) => {
      checkInserted(reply);
      this.#idle.push(raw);
      this.#send();
    });
    for (const resolve of group) {
      const signature = sign(null, signed, this.#key).toString("base64url");
      resolve(committed.then(() => signature));
    }
  }
}
