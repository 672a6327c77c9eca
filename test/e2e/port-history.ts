// Everything that happened to the ports of a Northbound database, in the order in which it was committed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalIp, isMac } from "#test/lab/address-book.ts";
import { addForeignPort } from "#test/lab/foreign-port.ts";
import { ovnBinary } from "#test/lab/ovn-binaries.ts";
import { ManagedProcess } from "#test/lab/process.ts";
import { untilLine } from "#test/lab/readiness.ts";

export interface PortEvent {
  /** `initial`: was there when the history began; `new`: the row after a change. */
  readonly action: "initial" | "insert" | "new" | "delete";
  readonly name: string;
  /** IP and MAC addresses, each in one spelling. */
  readonly addresses: readonly string[];
  /** Empty for ports of others. */
  readonly allocation: string;
  /** UID of the pod that the row is bound to; empty for a reservation. */
  readonly podUid: string;
}

/** Listens with `ovsdb-client monitor`, which is told every commit, while the product is told by its own client. */
export class PortHistory implements AsyncDisposable {
  readonly #process: ManagedProcess;

  private constructor(process: ManagedProcess) {
    this.#process = process;
  }

  /** Adds a port of another CMS to the switch: an empty table has no first answer to wait for. */
  static async start(endpoint: string, folder: string, switchName: string): Promise<PortHistory> {
    const name = `history-${switchName}`;
    await addForeignPort(endpoint, { switchName, name, addresses: "0e:00:00:00:00:fe" });
    const columns = "name,addresses,external_ids";
    return new PortHistory(
      await ManagedProcess.start({
        name: "ovsdb-client monitor",
        command: ovnBinary("ovsdb-client"),
        args: ["--format=json", "monitor", endpoint, "OVN_Northbound", "Logical_Switch_Port", columns],
        logFile: join(folder, `${name}.log`),
        ready: untilLine(/"initial"/),
      }),
    );
  }

  /** What was told so far. */
  events(): readonly PortEvent[] {
    const text = readFileSync(this.#process.spec.logFile, "utf8");
    return (text.match(/^\{.*\}/gm) ?? [])
      .map((line) => JSON.parse(line) as Update)
      .flatMap(({ headings, data }) => data.map((cells) => new Map(headings.map((each, at) => [each, cells[at]]))))
      .filter((cells) => cells.get("action") !== "old")
      .map(readEvent);
  }

  /** The events of one allocation. */
  of(allocation: string): readonly PortEvent[] {
    return this.events().filter((event) => event.allocation === allocation);
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
