// The file of a backup, as `ovsdb-client backup` writes it and `ovsdb-client restore` reads it: the log of a standalone
// database (ovsdb(5)) with the schema and one transaction.
import { createHash } from "node:crypto";
import { AppError } from "#src/core/errors.ts";
import { type BackupSchema, backupSchema } from "./backup-schema.ts";

/** The columns of a row that are not at their defaults, as they go on the wire. */
export type WireRow = Readonly<Record<string, unknown>>;

/** The rows of each table, by UUID. */
export type WireTables = ReadonlyMap<string, ReadonlyMap<string, WireRow>>;

export interface Backup {
  readonly schema: BackupSchema;
  readonly tables: WireTables;
  /** When it was made, in milliseconds since 1970; undefined when the file does not say it. */
  readonly madeAtMs: number | undefined;
}

const magic = "OVSDB JSON";

export function printBackup({ schema, tables, madeAtMs }: Backup): string {
  const rows = [...tables].filter(([, { size }]) => size > 0);
  const content = {
    _comment: 'produced by "ovn4nfv backup"',
    _date: madeAtMs,
    ...Object.fromEntries(rows.map(([table, byUuid]) => [table, Object.fromEntries(byUuid)])),
  };
  return [schema, content].map(printRecord).join("");
}

function printRecord(record: object): string {
  const text = `${JSON.stringify(record)}\n`;
  return `${magic} ${Buffer.byteLength(text).toString()} ${sha1(Buffer.from(text))}\n${text}`;
}

/** Reads a file. Throws `BackupInvalid`, which says what the file is, and what to do, for anything that is no whole backup. */
export function readBackup(bytes: Buffer, path: string): Backup {
  const records = readRecords(bytes, path);
  const schema = backupSchema.safeParse(records[0]);
  if (!schema.success) throw invalid(path, "does not begin with the schema of a database", other);
  const tables = new Map<string, Map<string, WireRow>>();
  let madeAtMs: number | undefined;
  for (const record of records.slice(1)) {
    const { _date: date, _is_diff: isDiff, ...changes } = record;
    if (typeof date === "number") madeAtMs = date;
    for (const [table, rows] of Object.entries(changes)) {
      if (table === "_comment") continue;
      if (typeof rows !== "object" || rows === null) throw invalid(path, `has ${table} without rows`, other);
      const known = tables.get(table) ?? new Map<string, WireRow>();
      tables.set(table, known);
      for (const [uuid, row] of Object.entries(rows as Readonly<Record<string, WireRow | null>>)) {
        // The difference of a row to nothing is the row.
        if (isDiff === true && known.has(uuid)) throw invalid(path, "is the log of a server that ran on", compact);
        if (row === null) known.delete(uuid);
        else known.set(uuid, { ...known.get(uuid), ...row });
      }
    }
  }
  if (tables.size === 0) throw invalid(path, "has a schema and no rows", other);
  return { schema: schema.data, tables, madeAtMs };
}

function readRecords(bytes: Buffer, path: string): readonly Readonly<Record<string, unknown>>[] {
  const records: Readonly<Record<string, unknown>>[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\n", at);
    const header = bytes.subarray(at, end === -1 ? Math.min(bytes.length, at + 100) : end).toString("latin1");
    if (at === 0 && header.startsWith("OVSDB CLUSTER")) {
      throw invalid(path, "is the database file of a member of a cluster", standalone);
    }
    const [, length, sum] = /^OVSDB JSON (\d+) ([0-9a-f]{40})$/.exec(header) ?? [];
    if (length === undefined)
      throw invalid(path, at === 0 ? "is no OVSDB database" : "is damaged", at === 0 ? other : older);
    const text = bytes.subarray(end + 1, end + 1 + Number(length));
    if (text.length < Number(length)) throw invalid(path, "is cut off", older);
    if (sha1(text) !== sum) throw invalid(path, "is damaged: a checksum does not fit", older);
    records.push(JSON.parse(text.toString("utf8")) as Readonly<Record<string, unknown>>);
    at = end + 1 + text.length;
  }
  if (records.length === 0) throw invalid(path, "is empty", older);
  return records;
}

const other = "name a file that `ovn4nfv backup` or `ovsdb-client backup` has written";
const older = "take another backup";
const compact = "compact it first: `ovsdb-tool compact FILE`";
const standalone = "make a backup of it first: `ovsdb-tool cluster-to-standalone NEW FILE`";

/** The error for a file that is no backup of this database. */
export function invalid(path: string, what: string, remedy: string): AppError<"BackupInvalid"> {
  return new AppError("BackupInvalid", `${path} ${what}; ${remedy}`);
}

function sha1(bytes: Buffer): string {
  return createHash("sha1").update(bytes).digest("hex");
}
