// Runs a transaction like ovsdb-server, as far as allocation needs it: RFC 7047, section 5.2, on plain values.
import { column, type ColumnSpec, type Operation } from "ovsdb-client";
import { allocationTables, logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { Interner } from "#packages/ovsdb-client/src/values/interner.ts";
import { encodeValue } from "#packages/ovsdb-client/src/values/value-encoder.ts";
import { decodeItems, decodeValue, defaultValue } from "#packages/ovsdb-client/src/values/value-decoder.ts";

/** The values of a row by column, as the client decodes them. */
export type StoredRow = Readonly<Record<string, unknown>>;
/** The rows by table and UUID. A snapshot never changes. */
export type Snapshot = ReadonlyMap<string, ReadonlyMap<string, StoredRow>>;

export interface Outcome {
  /** The results in wire notation, for `checkResults`. */
  readonly results: readonly unknown[];
  /** The database afterwards; undefined when nothing was committed. */
  readonly after: Snapshot | undefined;
}

type Tables = Map<string, Map<string, StoredRow>>;

const interner = new Interner();

export const emptySnapshot: Snapshot = new Map(allocationTables.map(({ name }) => [name, new Map()]));

const allKeys = column.map(column.string(), column.string());

/** The columns of a table by name. Ports have all of their keys, also those that only the controller reads. */
export function columnsOf(table: string): Readonly<Record<string, ColumnSpec>> {
  const spec = allocationTables.find(({ name }) => name === table);
  if (spec === undefined) throw new Error(`no table ${table} in the simulation`);
  return table === logicalSwitchPort.name ? { ...spec.columns, external_ids: allKeys } : spec.columns;
}

/** Runs all operations or none; `newUuid` names inserted rows. */
export function execute(before: Snapshot, operations: readonly Operation[], newUuid: () => string): Outcome {
  const tables: Tables = new Map([...before].map(([name, rows]) => [name, new Map(rows)]));
  const named = new Map<string, string>();
  const results: unknown[] = [];
  for (const operation of operations) {
    const result = run(tables, resolveNames(operation, named) as Operation, newUuid, named);
    results.push(result);
    if ("error" in result) return { results, after: undefined };
  }
  collectGarbage(tables);
  if (hasTwin(tables)) return { results: [...results, { error: "constraint violation" }], after: undefined };
  return { results, after: tables };
}

function run(tables: Tables, operation: Operation, newUuid: () => string, named: Map<string, string>): object {
  if (operation.op === "commit") return {};
  const name = String(operation["table"]);
  const rows = tables.get(name) ?? new Map<string, StoredRow>();
  const specs = columnsOf(name);
  if (operation.op === "insert") {
    const uuid = newUuid();
    const uuidName = operation["uuid-name"];
    if (typeof uuidName === "string") named.set(uuidName, uuid);
    rows.set(uuid, newRow(specs, operation["row"] as Record<string, unknown>));
    return { uuid: ["uuid", uuid] };
  }
  const found = [...rows].filter(([uuid, row]) => matches(specs, uuid, row, operation["where"] as Clause[]));
  if (operation.op === "wait") return holds(specs, found, operation) ? {} : { error: "timed out" };
  if (operation.op === "delete") for (const [uuid] of found) rows.delete(uuid);
  else if (operation.op === "update")
    for (const [uuid, row] of found) rows.set(uuid, { ...row, ...decoded(specs, operation["row"]) });
  else if (operation.op !== "mutate") throw new Error(`no ${operation.op} in the simulation`);
  else for (const [uuid, row] of found) rows.set(uuid, mutated(specs, row, operation["mutations"] as Clause[]));
  return { count: found.length };
}

/** RFC 7047, section 5.2.6, with a timeout of 0. */
function holds(
  specs: Readonly<Record<string, ColumnSpec>>,
  found: readonly (readonly [string, StoredRow])[],
  operation: Operation,
): boolean {
  const columns = operation["columns"] as readonly string[];
  const textOf = (row: StoredRow): string =>
    JSON.stringify(columns.map((column) => encodeValue(spec(specs, column), row[column], column)));
  const now = found.map(([, row]) => textOf(row)).sort();
  const wanted = (operation["rows"] as readonly unknown[]).map((row) => textOf(decoded(specs, row))).sort();
  const isEqual = JSON.stringify(now) === JSON.stringify(wanted);
  return operation["until"] === "==" ? isEqual : !isEqual;
}

type Clause = readonly [column: string, how: string, value: unknown];

function newRow(specs: Readonly<Record<string, ColumnSpec>>, wire: Readonly<Record<string, unknown>>): StoredRow {
  return Object.fromEntries(
    Object.entries(specs).map(([column, spec]) => {
      const value = wire[column];
      return [column, value === undefined ? defaultValue(spec) : decodeValue(spec, value, interner)];
    }),
  );
}

function decoded(specs: Readonly<Record<string, ColumnSpec>>, wire: unknown): StoredRow {
  return Object.fromEntries(
    Object.entries(wire as Readonly<Record<string, unknown>>).map(([column, value]) => [
      column,
      decodeValue(spec(specs, column), value, interner),
    ]),
  );
}

function matches(
  specs: Readonly<Record<string, ColumnSpec>>,
  uuid: string,
  row: StoredRow,
  where: readonly Clause[],
): boolean {
  return where.every(([column, how, value]) => {
    if (column === "_uuid") return uuid === (value as readonly string[])[1];
    if (how === "==" && typeof value === "string") return row[column] === value;
    if (how !== "includes" && how !== "excludes") throw new Error(`no ${how} in the simulation`);
    const wanted = decodeValue(spec(specs, column), value, interner) as ReadonlyMap<string, string>;
    const held = row[column] as ReadonlyMap<string, string>;
    return [...wanted].every(([key, item]) => (held.get(key) === item) === (how === "includes"));
  });
}

function mutated(specs: Readonly<Record<string, ColumnSpec>>, row: StoredRow, mutations: readonly Clause[]): StoredRow {
  const next: Record<string, unknown> = { ...row };
  for (const [column, mutator, value] of mutations) {
    const isMap = spec(specs, column).shape === "map";
    next[column] = isMap
      ? mutatedMap(next[column] as ReadonlyMap<string, string>, mutator, value as WireItems)
      : mutatedSet(spec(specs, column), next[column] as ReadonlySet<unknown>, mutator, value);
  }
  return next;
}

type WireItems = readonly [kind: string, items: readonly unknown[]];

function mutatedMap(before: ReadonlyMap<string, string>, mutator: string, [kind, items]: WireItems) {
  const map = new Map(before);
  for (const item of items) {
    const [key, value] = (kind === "map" ? item : [item, undefined]) as readonly [string, string | undefined];
    // "insert" leaves a key that is there as it is. "delete" of a pair compares the value too.
    if (mutator === "insert") map.set(key, map.get(key) ?? value ?? "");
    else if (value === undefined || map.get(key) === value) map.delete(key);
  }
  return map;
}

function mutatedSet(column: ColumnSpec, before: ReadonlySet<unknown>, mutator: string, value: unknown) {
  const set = new Set(before);
  for (const item of decodeItems(column, value, interner)) set[mutator === "insert" ? "add" : "delete"](item);
  return set;
}

function spec(specs: Readonly<Record<string, ColumnSpec>>, column: string): ColumnSpec {
  const found = specs[column];
  if (found === undefined) throw new Error(`no column ${column} in the simulation`);
  return found;
}

function resolveNames(value: unknown, named: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    if (items[0] === "named-uuid") return ["uuid", named.get(String(items[1]))];
    return items.map((item) => resolveNames(item, named));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveNames(item, named)]));
}

/** Logical_Switch_Port is no root table: a port that no switch refers to is gone. */
function collectGarbage(tables: Tables): void {
  const switches = [...(tables.get(logicalSwitch.name)?.values() ?? [])];
  const referred = new Set(switches.flatMap(({ ports }) => [...(ports as ReadonlySet<string>)]));
  const ports = tables.get(logicalSwitchPort.name);
  for (const uuid of [...(ports?.keys() ?? [])]) if (!referred.has(uuid)) ports?.delete(uuid);
}

/** `name` is an index of Logical_Switch_Port. */
function hasTwin(tables: Tables): boolean {
  const names = [...(tables.get(logicalSwitchPort.name)?.values() ?? [])].map(({ name }) => name);
  return new Set(names).size < names.length;
}
