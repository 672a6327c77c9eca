// Typed tables as data: what a program wants to see of an OVSDB table, and the row type that follows from it.
import type { AtomKind, NamedUuid, OvsdbInteger } from "./atom.ts";

declare const types: unique symbol;

/** How many atoms a column holds, and how they are stored. */
export type Shape = "one" | "optional" | "set" | "bigSet" | "map";

/** One column. The type parameters say what is read, what may be written, and what a mutation may take. */
export interface ColumnSpec<Read = unknown, Write = unknown, Mutate = unknown> {
  readonly shape: Shape;
  readonly key: AtomKind;
  /** The type of a map's values. */
  readonly value?: AtomKind;
  /** Only these keys of a map are stored. */
  readonly keep?: ReadonlySet<string>;
  /** False for a column that is written but never read. */
  readonly monitored: boolean;
  readonly [types]?: readonly [Read, Write, Mutate];
}

export interface AtomColumn<Read, Write = Read> extends ColumnSpec<Read, Write, Write> {
  readonly shape: "one";
}

type Items<T> = readonly T[] | ReadonlySet<T>;
type Entries<K, V> = ReadonlyMap<K, V> | (K extends string ? Readonly<Record<string, V>> : never);

function atom<Read, Write = Read>(key: AtomKind): AtomColumn<Read, Write> {
  return { shape: "one", key, monitored: true };
}

/** Builders of columns. An enumeration is a plain `string()`. */
export const column = {
  string: () => atom<string>("string"),
  integer: () => atom<OvsdbInteger>("integer"),
  real: () => atom<number>("real"),
  boolean: () => atom<boolean>("boolean"),
  uuid: () => atom<string, string | NamedUuid>("uuid"),
  /** A column of at most one value (`"min": 0, "max": 1`). */
  optional<R, W>(c: AtomColumn<R, W>): ColumnSpec<R | undefined, W | undefined> {
    return { shape: "optional", key: c.key, monitored: true };
  },
  /** A column of several values; the order has no meaning. */
  set<R, W>(c: AtomColumn<R, W>): ColumnSpec<readonly R[], Items<W>, Items<W>> {
    return { shape: "set", key: c.key, monitored: true };
  },
  /** A set that is updated in place, in time of the size of the change: `before` and `after` share it. */
  bigSet<R, W>(c: AtomColumn<R, W>): ColumnSpec<ReadonlySet<R>, Items<W>, Items<W>> {
    return { shape: "bigSet", key: c.key, monitored: true };
  },
  /** With `keep`, other keys are neither stored nor reported. */
  map<K, KW, V, VW>(
    k: AtomColumn<K, KW>,
    v: AtomColumn<V, VW>,
    options: { readonly keep?: readonly string[] } = {},
  ): ColumnSpec<ReadonlyMap<K, V>, Entries<KW, VW>, Entries<KW, VW> | Items<KW>> {
    const keep = options.keep === undefined ? {} : { keep: new Set(options.keep) };
    return { shape: "map", key: k.key, value: v.key, monitored: true, ...keep };
  },
  /** A column that is written but not monitored; it is absent from `Row`. */
  writeOnly<R, W, M>(c: ColumnSpec<R, W, M>): ColumnSpec<never, W, M> {
    const { shape, key, value } = c;
    return { shape, key, ...(value === undefined ? {} : { value }), monitored: false };
  },
} as const;

export interface TableSpec<C extends Record<string, ColumnSpec> = Record<string, ColumnSpec>> {
  readonly name: string;
  readonly columns: C;
}

export function table<const C extends Record<string, ColumnSpec>>(name: string, columns: C): TableSpec<C> {
  return { name, columns };
}

type ReadOf<C> = C extends ColumnSpec<infer R> ? R : never;
type WriteOf<C> = C extends ColumnSpec<unknown, infer W> ? W : never;
type MutateOf<C> = C extends ColumnSpec<unknown, unknown, infer M> ? M : never;

/** Names of the columns of a table. */
export type ColumnName<T extends TableSpec> = keyof T["columns"] & string;

/** A row as the replica holds it; the UUID is the key beside it. */
export type Row<T extends TableSpec = TableSpec> = {
  readonly [N in ColumnName<T> as [ReadOf<T["columns"][N]>] extends [never] ? never : N]: ReadOf<T["columns"][N]>;
};

/** The columns to write; those left out keep their value, or get the default in an insert. */
export type RowInput<T extends TableSpec> = { readonly [N in ColumnName<T>]?: WriteOf<T["columns"][N]> };

/** What a condition on a column compares with. */
export type ConditionValue<T extends TableSpec, N extends ColumnName<T>> = WriteOf<T["columns"][N]>;

/** What a mutator of a column takes: a number, elements of a set, entries or keys of a map. */
export type MutationValue<T extends TableSpec, N extends ColumnName<T>> = MutateOf<T["columns"][N]>;
