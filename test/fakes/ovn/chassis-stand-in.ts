// Plays ovn-controller of many nodes towards the Southbound database, for benches without Open vSwitch.
import { changeIn, column, commit, insert, namedUuid, OvsdbClient, type Operation, table, update } from "ovsdb-client";

const chassis = table("Chassis", { name: column.string(), encaps: column.writeOnly(column.set(column.uuid())) });
const encap = table("Encap", {
  type: column.writeOnly(column.string()),
  ip: column.writeOnly(column.string()),
  chassis_name: column.writeOnly(column.string()),
});
const binding = table("Port_Binding", {
  requested_chassis: column.optional(column.uuid()),
  chassis: column.optional(column.uuid()),
  up: column.optional(column.boolean()),
});

const perTransaction = 500;

/**
 * Has a Chassis with one tunnel for each node, and claims each port that asks for one of them, as ovn-controller does: in one
 * transaction it sets `chassis` and `up`. It builds no flows and wires nothing, and claims many ports in one transaction, where
 * ovn-controller of each node claims its own.
 */
export class ChassisStandIn implements AsyncDisposable {
  readonly #client: OvsdbClient;
  readonly #due = new Map<string, string>();
  #claiming: Promise<void> | undefined;
  #claimed = 0;
  #fault: unknown;

  private constructor(southbound: string) {
    this.#client = new OvsdbClient({
      endpoints: [southbound],
      database: "OVN_Southbound",
      tables: [chassis, binding],
      listener: {
        changed: (changes) => {
          for (const change of changes) {
            const after = changeIn(binding, change)?.after;
            if (after?.requested_chassis !== undefined && after.chassis === undefined)
              this.#due.set(change.uuid, after.requested_chassis);
          }
          if (this.#due.size > 0) this.#claiming ??= this.#claim();
        },
      },
    });
  }

  static async start(southbound: string, names: readonly string[]): Promise<ChassisStandIn> {
    const standIn = new ChassisStandIn(southbound);
    standIn.#client.start();
    const session = await standIn.#client.waitForSession({ deadlineMs: performance.now() + 60_000 });
    const rows = names.flatMap((name, n): Operation[] => [
      insert(encap, { type: "geneve", ip: `172.16.${n >> 8}.${n & 255}`, chassis_name: name }, `encap${n}`),
      insert(chassis, { name, encaps: [namedUuid(`encap${n}`)] }),
    ]);
    await session.transact([...rows, commit({ durable: false })]);
    return standIn;
  }

  /** The ports that were claimed so far. Throws what went wrong on the way. */
  get claimed(): number {
    if (this.#fault !== undefined) throw new Error("ports could not be claimed", { cause: this.#fault });
    return this.#claimed;
  }

  async #claim(): Promise<void> {
    try {
      const session = await this.#client.waitForSession({ deadlineMs: performance.now() + 60_000 });
      while (this.#due.size > 0) {
        const some = [...this.#due].slice(0, perTransaction);
        for (const [uuid] of some) this.#due.delete(uuid);
        await session.transact(
          some.map(([uuid, requested]) => update(binding, [["_uuid", "==", uuid]], { chassis: requested, up: true })),
        );
        this.#claimed += some.length;
      }
    } catch (caught) {
      this.#fault = caught;
    } finally {
      this.#claiming = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}
