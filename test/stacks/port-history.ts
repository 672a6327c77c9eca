// Records everything that happens to the ports of a Northbound database, in the order of the commits.
import { join } from "node:path";
import { canonicalIp, isMac } from "#lab/invariants/address-book.ts";
import { addForeignPort } from "#lab/ovn/foreign-port.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";

export interface PortEvent {
  /** `initial` is a row that was there when the history began; `new` is the row after a change. */
  readonly action: "initial" | "insert" | "new" | "delete";
  readonly name: string;
  /** The IP and MAC addresses, each in one spelling. */
  readonly addresses: readonly string[];
  /** The allocation id; empty for ports of others. */
  readonly allocation: string;
  /** The UID of the pod to which the row is bound; empty for a reservation. */
  readonly podUid: string;
}

/** Listens with the program `ovsdb-client monitor`, which gets every commit, and not with the product's client. */
export class PortHistory implements AsyncDisposable {
  readonly #process: ManagedProcess;
  readonly #endpoint: string;
  /** The port that was added for the history itself. */
  readonly #port: string;
  #asked = 0;
  #lastRead: Promise<unknown> = Promise.resolve();

  private constructor(process: ManagedProcess, endpoint: string, port: string) {
    this.#process = process;
    this.#endpoint = endpoint;
    this.#port = port;
  }

  /**
   * Starts the history. It adds a port of another CMS to the switch, because an empty table gives no first answer to
   * wait for.
   */
  static async start(endpoint: string, folder: string, switchName: string): Promise<PortHistory> {
    const name = `history-${switchName}`;
    await addForeignPort(endpoint, { switchName, name, addresses: "0e:00:00:00:00:fe" });
    const columns = "name,addresses,external_ids";
    const process = await ManagedProcess.start({
      name: "ovsdb-client monitor",
      command: ovnBinary("ovsdb-client"),
      args: ["--format=json", "monitor", endpoint, "OVN_Northbound", "Logical_Switch_Port", columns],
      logFile: join(folder, `${name}.log`),
      ready: untilLine(/"initial"/),
    });
    return new PortHistory(process, endpoint, name);
  }

  /** Everything that was committed before the call. The listener lags behind, so this waits for a change of its own port. */
  events(): Promise<readonly PortEvent[]> {
    // The reads are one by one, because of several changes at once the server sends only the last.
    const read = this.#lastRead.then(() => this.#read());
    this.#lastRead = read.catch(() => undefined);
    return read;
  }

  async #read(): Promise<readonly PortEvent[]> {
    const { logFile } = this.#process.spec;
    this.#asked += 1;
    const mark = `asked-${this.#asked}`;
    await nbctl(this.#endpoint, "set", "Logical_Switch_Port", this.#port, `external_ids:history=${mark}`);
    await untilLine(new RegExp(`"${mark}"`))({ logFile, logStart: 0 }, AbortSignal.timeout(60_000));
    return (readJsonLines(logFile) as readonly Update[])
      .flatMap(({ headings, data }) => data.map((cells) => new Map(headings.map((each, at) => [each, cells[at]]))))
      .filter((cells) => cells.get("action") !== "old")
      .map(readEvent);
  }

  /** The events of one allocation that were committed before the call. */
  async of(allocation: string): Promise<readonly PortEvent[]> {
    return (await this.events()).filter((event) => event.allocation === allocation);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}

interface Update {
  readonly headings: readonly string[];
  readonly data: readonly (readonly unknown[])[];
}

function readEvent(cells: ReadonlyMap<string, unknown>): PortEvent {
  const [, pairs] = cells.get("external_ids") as readonly ["map", readonly (readonly [string, string])[]];
  const ids = new Map(pairs);
  const addresses = cells.get("addresses");
  const texts = Array.isArray(addresses) ? (addresses[1] as readonly unknown[]) : [addresses];
  const words = texts.flatMap((text) => String(text).split(" "));
  return {
    action: cells.get("action") as PortEvent["action"],
    name: String(cells.get("name")),
    addresses: words.flatMap((word) => (isMac(word) ? word.toLowerCase() : (canonicalIp(word) ?? []))),
    allocation: ids.get("k8s.plugin.opnfv.org/allocation") ?? "",
    podUid: ids.get("k8s.plugin.opnfv.org/pod-uid") ?? "",
  };
}
