// Builders of the operations of a transaction (RFC 7047 section 5.2). They check types, and return what goes on the
// wire.
import { OvsdbError } from "../errors/ovsdb-error.ts";
import type { NamedUuid } from "../values/atom.ts";
import { encodeAtom } from "../values/atom.ts";
import type { ColumnName, ConditionValue, MutationValue, RowInput, TableSpec } from "../values/table.ts";
import { encodeMutation, encodeValue } from "../values/value-encoder.ts";

/** One operation as it goes on the wire. */
export interface Operation {
  readonly op: string;
  readonly [member: string]: unknown;
}

export type ConditionFunction = "<" | "<=" | "==" | "!=" | ">=" | ">" | "includes" | "excludes";
export type Mutator = "+=" | "-=" | "*=" | "/=" | "%=" | "insert" | "delete";

/** One condition: `[column, function, value]`. */
export type Condition<T extends TableSpec> =
  | readonly ["_uuid", ConditionFunction, string | NamedUuid]
  | { readonly [N in ColumnName<T>]: readonly [N, ConditionFunction, ConditionValue<T, N>] }[ColumnName<T>];

/** Conditions, all of which must hold. Without conditions every row matches. */
export type Where<T extends TableSpec> = readonly Condition<T>[];

/** One mutation: `[column, mutator, value]`. */
export type Mutation<T extends TableSpec> = {
  readonly [N in ColumnName<T>]: readonly [N, Mutator, MutationValue<T, N>];
}[ColumnName<T>];

/** Inserts a row. Other operations of the transaction may refer to it by `namedUuid(uuidName)`. */
export function insert<T extends TableSpec>(table: T, row: RowInput<T>, uuidName?: string): Operation {
  const named = uuidName === undefined ? {} : { "uuid-name": uuidName };
  return { op: "insert", table: table.name, row: encodeRow(table, row), ...named };
}

/** Sets columns of all rows that match. `count` of the result is the number of these rows. */
export function update<T extends TableSpec>(table: T, where: Where<T>, row: RowInput<T>): Operation {
  return { op: "update", table: table.name, where: encodeWhere(table, where), row: encodeRow(table, row) };
}

/**
 * Changes columns of all rows that match: numbers, elements of sets, entries of maps. `count` is the number of these
 * rows.
 */
export function mutate<T extends TableSpec>(table: T, where: Where<T>, mutations: readonly Mutation<T>[]): Operation {
  const encoded = mutations.map(([name, mutator, value]: readonly [string, Mutator, unknown]) => [
    name,
    mutator,
    encodeMutation(columnOf(table, name), value, `${table.name}.${name}`),
  ]);
  return { op: "mutate", table: table.name, where: encodeWhere(table, where), mutations: encoded };
}

/** Deletes all rows that match. It is the `delete` of the RFC, which is a reserved word in JavaScript. */
export function remove<T extends TableSpec>(table: T, where: Where<T>): Operation {
  return { op: "delete", table: table.name, where: encodeWhere(table, where) };
}

/** Reads all rows that match, in the transaction. `selectedRows` decodes the result. */
export function select<T extends TableSpec>(
  table: T,
  where: Where<T>,
  columns: readonly (ColumnName<T> | "_uuid")[] = ["_uuid", ...Object.keys(table.columns)],
): Operation {
  return { op: "select", table: table.name, where: encodeWhere(table, where), columns };
}

/** The condition of a `wait`: the rows that match, in the given columns, compared with `rows`. */
export interface WaitCondition<T extends TableSpec> {
  readonly where: Where<T>;
  readonly columns: readonly ColumnName<T>[];
  readonly until: "==" | "!=";
  readonly rows: readonly RowInput<T>[];
  /** The time for which the server waits until the condition is true. With 0 it must be true at once. */
  readonly timeoutMs: number;
}

/**
 * Makes the transaction fail with `timed out` unless the rows that match are (`==`), or are not (`!=`), the given ones.
 */
export function wait<T extends TableSpec>(table: T, condition: WaitCondition<T>): Operation {
  const { where, columns, until, rows, timeoutMs } = condition;
  return {
    op: "wait",
    table: table.name,
    timeout: timeoutMs,
    where: encodeWhere(table, where),
    columns,
    until,
    rows: rows.map((row) => encodeRow(table, row)),
  };
}

/** With `durable` the server replies when the transaction is on disk; in a cluster, on the disks of a majority. */
export function commit(options: { readonly durable: boolean }): Operation {
  return { op: "commit", durable: options.durable };
}

/** Makes the transaction fail with `aborted`. A program can try a transaction out with it. */
export function abort(): Operation {
  return { op: "abort" };
}

/** Writes a text into the server's log of transactions. */
export function comment(text: string): Operation {
  return { op: "comment", comment: text };
}

/** Makes the transaction fail with `not owner` unless this connection holds the lock. */
export function assertLock(lock: string): Operation {
  return { op: "assert", lock };
}

function columnOf(table: TableSpec, name: string) {
  const spec = table.columns[name];
  if (spec === undefined) throw new OvsdbError("InvalidUse", `${table.name} has no column ${name}`);
  return spec;
}

function encodeRow(table: TableSpec, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const name of Object.keys(row)) {
    wire[name] = encodeValue(columnOf(table, name), row[name], `${table.name}.${name}`);
  }
  return wire;
}

function encodeWhere(table: TableSpec, where: readonly (readonly [string, string, unknown])[]): unknown[] {
  return where.map(([name, operator, value]) => {
    const field = `${table.name}.${name}`;
    const wire = name === "_uuid" ? encodeAtom("uuid", value, field) : encodeValue(columnOf(table, name), value, field);
    return [name, operator, wire];
  });
}
