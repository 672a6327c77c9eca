import { column, table, type Operation } from "ovsdb-client";
import { AppError } from "#src/core/errors.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { DatabaseClient, type DatabaseClientOptions } from "../database-client.ts";
import type { Backup, WireRow, WireTables } from "./backup-file.ts";
import { type BackupSchema, backupSchema, defaultOf, keptColumns } from "./backup-schema.ts";
import { canonical } from "./wire-value.ts";

const databases = table("Database", { name: column.string(), schema: column.optional(column.string()) });
/** The server sends all rows of the database in one message. */
const longestMessageBytes = 512 << 20;
/** It is silent for as long as it works on a transaction over all rows. */
const probeIntervalMs = 60_000;

/** Reads a whole database, and writes to it, without a replica of its rows. */
export class WholeDatabase implements AsyncDisposable {
  readonly #client: DatabaseClient;
  readonly schema: BackupSchema;

  private constructor(client: DatabaseClient, schema: BackupSchema) {
    this.#client = client;
    this.schema = schema;
  }

  /** Connects, and reads the schema. Throws `NotConnected`, `ProtocolError`, `ConfigInvalid`. */
  static async open(
    options: Omit<DatabaseClientOptions, "tables" | "listener">,
    call: CallOptions,
  ): Promise<WholeDatabase> {
    const signal = call.signal ?? new AbortController().signal;
    const silent = { changed: () => {}, synced: () => {}, lost: () => {} };
    const common = { ...options, listener: silent, maxFrameBytes: longestMessageBytes, probeIntervalMs };
    const client = new DatabaseClient({ ...common, tables: [] });
    client.start(signal);
    try {
      const session = await client.waitForSession(call);
      const server = { ...common, endpoints: [session.endpoint], database: "_Server", leader: "any" as const };
      const about = new DatabaseClient({ ...server, tables: [databases] });
      about.start(signal);
      try {
        await about.waitForSession(call);
        const row = [...about.rows(databases).values()].find(({ name }) => name === options.database);
        return new WholeDatabase(client, backupSchema.parse(JSON.parse(row?.schema ?? "{}")));
      } finally {
        await about.close();
      }
    } catch (caught) {
      await client.close();
      throw caught;
    }
  }

  /** Reads all rows as they are at one moment. */
  async read(nowMs: number, call: CallOptions): Promise<Backup> {
    return { schema: this.schema, tables: await this.change([], call), madeAtMs: nowMs };
  }

  /**
   * Makes changes in one transaction, on the session of that moment. Gives all rows as they are at its end. Throws
   * `NotConnected`, `TransactionFailed`, `OutcomeUnknown`.
   */
  async change(operations: readonly Operation[], call: CallOptions): Promise<WireTables> {
    const tables = Object.keys(this.schema.tables);
    const looks = tables.map((name): Operation => {
      const columns = ["_uuid", ...keptColumns(this.schema, name).map(([column]) => column)];
      return { op: "select", table: name, where: [], columns };
    });
    const session = await this.#client.waitForSession(call);
    const results = await session.transact([...operations, ...looks], call);
    return new Map(
      tables.map((name, index) => {
        const rows = results[operations.length + index]?.rows ?? [];
        return [name, new Map(rows.map((row) => this.#rowOf(name, row)))];
      }),
    );
  }

  #rowOf(table: string, wire: unknown): readonly [string, WireRow] {
    const { _uuid: uuid, ...values } = wire as Readonly<Record<string, unknown>>;
    if (!Array.isArray(uuid)) throw new AppError("ProtocolError", `a row of ${table} has no UUID`);
    const set = keptColumns(this.schema, table).filter(
      ([name, column]) => name in values && canonical(values[name]) !== canonical(defaultOf(column)),
    );
    return [String(uuid[1]), Object.fromEntries(set.map(([name]) => [name, values[name]]))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}
