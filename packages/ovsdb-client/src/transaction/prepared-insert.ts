import { PrintedJson } from "../connection/printed-json.ts";
import { insert, type Operation } from "./operations.ts";
import type { RowInput, TableSpec } from "../values/table.ts";

/** It stands in the row for a hole while the row is encoded. No value of OVSDB contains it. */
const mark = "\u0000hole:";
const holePattern = /"\\u0000hole:([a-zA-Z]+)"/;

/** An insert that was printed before. */
class PreparedInsert extends PrintedJson implements Operation {
  readonly [member: string]: unknown;
  readonly op = "insert";
}

/**
 * An insert whose row is encoded once, for programs that insert thousands of similar rows a second. `describe` builds
 * the row, with `hole(name)` in the places of strings that differ from row to row. The returned function fills the
 * holes.
 */
export function prepareInsert<T extends TableSpec, H extends string>(
  table: T,
  describe: (hole: (name: H) => string) => RowInput<T>,
): (values: Readonly<Record<H, string>>, uuidName: string) => Operation {
  const { row } = insert(
    table,
    describe((name) => mark + name),
  );
  // The elements at odd positions are the names of holes, and the others are the text between them.
  const parts = JSON.stringify(row).split(holePattern);
  const head = `{"op":"insert","table":${JSON.stringify(table.name)},"row":`;
  return (values, uuidName) => {
    let text = head;
    for (let n = 0; n < parts.length; n += 1) {
      const part = parts[n] ?? "";
      text += n % 2 === 0 ? part : JSON.stringify(values[part as H]);
    }
    return new PreparedInsert(`${text},"uuid-name":${JSON.stringify(uuidName)}}`);
  };
}
