import { column, changeIn, OvsdbClient, table } from "ovsdb-client";
import { externalId } from "#src/ovn/external-ids.ts";
import { until } from "#test/assertions/until.ts";

const [pod, podUid, namespace] = [externalId("pod"), externalId("pod-uid"), externalId("namespace")];
const ports = table("Logical_Switch_Port", {
  external_ids: column.map(column.string(), column.string(), { keep: [pod, podUid, namespace] }),
});
const switches = table("Logical_Switch", { name: column.string() });
const withinMs = 600_000;

/** Watches NB from outside, and notes when the ports of each pod were bound to it. */
export class PortWatch implements AsyncDisposable {
  readonly #client: OvsdbClient;
  /** The time of the last port of each pod, by `namespace/name`, in milliseconds since 1970. */
  readonly #boundAtMs = new Map<string, number>();
  #held = 0;
  #bound = 0;

  private constructor(endpoints: readonly string[]) {
    this.#client = new OvsdbClient({
      endpoints,
      database: "OVN_Northbound",
      tables: [ports, switches],
      leader: "any",
      listener: {
        changed: (changes) => {
          for (const change of changes) {
            const seen = changeIn(ports, change);
            if (seen === undefined) continue;
            const { before, after } = seen;
            this.#held += Number(isHeld(after?.external_ids)) - Number(isHeld(before?.external_ids));
            const [was, is] = [isBound(before?.external_ids), isBound(after?.external_ids)];
            this.#bound += Number(is) - Number(was);
            if (!is || was || after === undefined) continue;
            const { external_ids: ids } = after;
            this.#boundAtMs.set(`${ids.get(namespace) ?? ""}/${ids.get(pod) ?? ""}`, Date.now());
          }
        },
      },
    });
  }

  static async start(endpoints: readonly string[]): Promise<PortWatch> {
    const watch = new PortWatch(endpoints);
    watch.#client.start();
    await watch.#client.waitForSession({ deadlineMs: performance.now() + 60_000 });
    return watch;
  }

  /** The ports that pods hold or have reserved. */
  get ports(): number {
    return this.#held;
  }

  boundAtMs(namespaceName: string, name: string): number | undefined {
    return this.#boundAtMs.get(`${namespaceName}/${name}`);
  }

  /** Waits until so many ports are bound to pods, and there is no other port. */
  async untilBound(count: number): Promise<void> {
    await until(() => this.#bound === count && this.ports === count, withinMs).catch((error: unknown) => {
      throw new Error(`${this.#bound} of ${this.ports} ports are bound, wanted ${count}`, { cause: error });
    });
  }

  /** Waits until there are so many switches whose names fit. */
  async untilSwitches(names: RegExp, count: number): Promise<void> {
    const found = (): number => [...this.#client.rows(switches).values()].filter(({ name }) => names.test(name)).length;
    await until(() => found() >= count, withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

/** Ports to routers have no pod. */
function isHeld(ids: ReadonlyMap<string, string> | undefined): boolean {
  return ids?.has(podUid) ?? false;
}

function isBound(ids: ReadonlyMap<string, string> | undefined): boolean {
  return (ids?.get(podUid) ?? "") !== "";
}
