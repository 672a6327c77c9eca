// Tables as data: a program names the columns that it uses, and the types of rows, conditions and mutations follow.
import type { AtomKind, NamedUuid, OvsdbInteger } from "./atom.ts";

declare const types: unique symbol;

/** The number of atoms in a column, and the way in which they are kept. */
export type ColumnShape = "one" | "optional" | "set" | "bigSet" | "map";

/** One column, with the types of its value when it is read, when it is written, and in a mutation. */
export interface ColumnSpec<Read = unknown, Write = unknown, Mutate = unknown> {
  readonly shape: ColumnShape;
  readonly key: AtomKind;
  /** The type of a map's values. */
  readonly value?: AtomKind;
  /** Only these keys of a map are kept. */
  readonly keep?: ReadonlySet<string>;
  /** It is false for a column that the program only writes. */
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

/** Builders of columns. An enumeration is a `string()`. */
export const column = {
  string: () => atom<string>("string"),
  integer: () => atom<OvsdbInteger>("integer"),
  real: () => atom<number>("real"),
  boolean: () => atom<boolean>("boolean"),
  uuid: () => atom<string, string | NamedUuid>("uuid"),
  /** A column of at most one value: `"min": 0, "max": 1` in the schema. Without a value it is undefined. */
  optional<R, W>(c: AtomColumn<R, W>): ColumnSpec<R | undefined, W | undefined> {
    return { shape: "optional", key: c.key, monitored: true };
  },
  /** A column of several values, as an array whose order has no meaning. A change makes a new array. */
  set<R, W>(c: AtomColumn<R, W>): ColumnSpec<readonly R[], Items<W>, Items<W>> {
    return { shape: "set", key: c.key, monitored: true };
  },
  /**
   * A column of very many values, as a `Set`. A change is made in that same set, so it takes only as long as the change
   * is large; `before` and `after` of a row share the set, and `deltas` has the difference.
   */
  bigSet<R, W>(c: AtomColumn<R, W>): ColumnSpec<ReadonlySet<R>, Items<W>, Items<W>> {
    return { shape: "bigSet", key: c.key, monitored: true };
  },
  /**
   * A column of keys with values. With `keep` the replica has only these keys, and changes of others are not reported.
   */
  map<K, KW, V, VW>(
    k: AtomColumn<K, KW>,
    v: AtomColumn<V, VW>,
    options: { readonly keep?: readonly string[] } = {},
  ): ColumnSpec<ReadonlyMap<K, V>, Entries<KW, VW>, Entries<KW, VW> | Items<KW>> {
    const keep = options.keep === undefined ? {} : { keep: new Set(options.keep) };
    return { shape: "map", key: k.key, value: v.key, monitored: true, ...keep };
  },
  /** A column that the program writes and never reads. `Row` does not have it. */
  writeOnly<R, W, M>(c: ColumnSpec<R, W, M>): ColumnSpec<never, W, M> {
    const { shape, key, value } = c;
    return { shape, key, ...(value === undefined ? {} : { value }), monitored: false };
  },
} as const;

/** A table, with the columns that a program uses of it. */
export interface TableSpec<C extends Record<string, ColumnSpec> = Record<string, ColumnSpec>> {
  readonly name: string;
  readonly columns: C;
}

/** Describes a table. Columns that are not named are neither read nor written. */
export function table<const C extends Record<string, ColumnSpec>>(name: string, columns: C): TableSpec<C> {
  return { name, columns };
}

type ReadOf<C> = C extends ColumnSpec<infer R> ? R : never;
type WriteOf<C> = C extends ColumnSpec<unknown, infer W> ? W : never;
type MutateOf<C> = C extends ColumnSpec<unknown, unknown, infer M> ? M : never;

/** The names of the columns of a table. */
export type ColumnName<T extends TableSpec> = keyof T["columns"] & string;

/** A row in the replica. Its UUID is not in the row: it is the key of the map that has the row. */
export type Row<T extends TableSpec = TableSpec> = {
  readonly [N in ColumnName<T> as [ReadOf<T["columns"][N]>] extends [never] ? never : N]: ReadOf<T["columns"][N]>;
};

/** Columns to write. A column that is left out keeps its value; in an insert it gets its default. */
export type RowInput<T extends TableSpec> = { readonly [N in ColumnName<T>]?: WriteOf<T["columns"][N]> };

/** The type of the value that a condition compares a column with. */
export type ConditionValue<T extends TableSpec, N extends ColumnName<T>> = WriteOf<T["columns"][N]>;

/** The type of the value in a mutation: a number, elements of a set, entries of a map or, to delete them, its keys. */
export type MutationValue<T extends TableSpec, N extends ColumnName<T>> = MutateOf<T["columns"][N]>;
