import assert from "node:assert/strict";
import { test } from "node:test";
import { insert, mutate } from "../../../src/transaction/operations.ts";
import { column, type Row, table } from "../../../src/values/table.ts";

const string = column.string();
const port = table("Port", {
  name: string,
  tag: column.optional(column.integer()),
  trunks: column.set(column.integer()),
  members: column.bigSet(column.uuid()),
  options: column.map(string, string, { keep: ["a"] }),
  password: column.writeOnly(string),
});

test("the type of a row follows from the table, and wrong columns and values do not compile", () => {
  const row: Row<typeof port> = { name: "p", tag: undefined, trunks: [1, 2n], members: new Set(), options: new Map() };
  const tag: number | bigint | undefined = row.tag;
  assert.equal(tag, undefined);
  // @ts-expect-error a column that is written only cannot be read
  assert.equal(row.password, undefined);
  // @ts-expect-error no such column
  assert.throws(() => insert(port, { nam: "x" }));
  // @ts-expect-error a set is not a single value
  assert.throws(() => insert(port, { trunks: 1 }));
  // @ts-expect-error a mutation of a number by a string
  assert.throws(() => mutate(port, [], [["trunks", "insert", ["x"]]]));
  assert.equal(insert(port, { password: "x" }).op, "insert");
});

test("a table is plain data", () => {
  assert.deepEqual(port.columns.options, {
    shape: "map",
    key: "string",
    value: "string",
    monitored: true,
    keep: new Set(["a"]),
  });
  assert.equal(port.columns.password.monitored, false);
});
