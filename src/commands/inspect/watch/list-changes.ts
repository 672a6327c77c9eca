/** A row that came, changed or went. The words are those of `kubectl get --output-watch-events`. */
export interface ListChange<Row> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** The last state of a row that went. */
  readonly object: Row;
}

interface KnownRow<Row> {
  readonly row: Row;
  readonly text: string;
}

/** Remembers the rows of a list, and compares each later state of it with the one before. */
export class ListChanges<Row> {
  readonly #keyOf: (row: Row) => string;
  #known: ReadonlyMap<string, KnownRow<Row>> = new Map();

  /** `keyOf` names what stays the same of a row. Rows that share a key are told apart by their order. */
  constructor(keyOf: (row: Row) => string) {
    this.#keyOf = keyOf;
  }

  /** The differences to the state before, in the order of `rows`; rows that went come first. */
  next(rows: readonly Row[]): readonly ListChange<Row>[] {
    const before = this.#known;
    const now = new Map<string, KnownRow<Row>>();
    for (const row of rows) now.set(freeKey(this.#keyOf(row), now), { row, text: textOf(row) });
    this.#known = now;
    const gone = [...before].filter(([key]) => !now.has(key));
    const others = [...now].flatMap(([key, { row, text }]): ListChange<Row>[] => {
      const old = before.get(key);
      if (old?.text === text) return [];
      return [{ type: old === undefined ? "ADDED" : "MODIFIED", object: row }];
    });
    return [...gone.map(([, { row }]) => ({ type: "DELETED" as const, object: row })), ...others];
  }
}

function freeKey(key: string, taken: ReadonlyMap<string, unknown>): string {
  let free = key;
  for (let copy = 2; taken.has(free); copy += 1) free = `${key} ${copy.toString()}`;
  return free;
}

function textOf(row: unknown): string {
  return JSON.stringify(row, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}
