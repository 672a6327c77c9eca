import { column, select, selectedRows, table } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import { DatabaseClient, type DatabaseClientOptions } from "#src/ovsdb/database-client.ts";
import type { SeenChassis } from "./chassis-proof.ts";

const chassisTable = table("Chassis", { name: column.string(), hostname: column.string() });
const encapTable = table("Encap", { chassis_name: column.string(), ip: column.string() });

/** The Southbound database as OVSDB clients know it. */
export type SouthboundOptions = Omit<DatabaseClientOptions, "database" | "tables" | "listener" | "clock" | "logger">;

/** Reads single chassis of the Southbound database, and watches nothing. It connects at the first read. */
export class SouthboundChassis {
  readonly #client: DatabaseClient;
  #isStarted = false;

  /** Throws `ConfigInvalid` for a malformed endpoint. */
  constructor(sb: SouthboundOptions, parts: { readonly clock: Clock; readonly logger: Logger }) {
    const listener = { changed: () => {}, synced: () => {}, lost: () => {} };
    this.#client = new DatabaseClient({ ...sb, ...parts, database: "OVN_Southbound", tables: [], listener });
  }

  /** The chassis as its ovn-controller has written it; undefined when there is none. The connection lasts until `running` aborts. */
  async find(systemId: string, running: AbortSignal, options: CallOptions): Promise<SeenChassis | undefined> {
    if (!this.#isStarted) this.#client.start(running);
    this.#isStarted = true;
    const session = await this.#client.waitForSession(options);
    const results = await session.transact(
      [
        select(chassisTable, [["name", "==", systemId]], ["hostname"]),
        select(encapTable, [["chassis_name", "==", systemId]], ["ip"]),
      ],
      options,
    );
    const [found] = selectedRows(chassisTable, results[0]);
    if (found === undefined) return undefined;
    const encapIps = selectedRows(encapTable, results[1]).flatMap(({ row }) => row.ip ?? []);
    return { hostname: found.row.hostname ?? "", encapIps };
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
