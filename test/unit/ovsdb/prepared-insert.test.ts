import assert from "node:assert/strict";
import { test } from "node:test";
import { commit, insert } from "#src/ovsdb/operations.ts";
import { prepareInsert, printParameters } from "#src/ovsdb/prepared-insert.ts";
import { column, table } from "#src/ovsdb/table.ts";

const text = column.string();
const spec = table("T", { name: text, tags: column.set(text), ids: column.map(text, text) });

const prepared = prepareInsert(spec, (hole: (name: "name" | "tag") => string) => ({
  name: hole("name"),
  tags: [hole("tag"), "fixed"],
  ids: { a: hole("tag"), b: hole("name") },
}));

for (const name of ["plain", 'quo"te', "back\\slash", "\u0000hole:name", "línea\n", ""]) {
  test(`a prepared insert goes on the wire as an ordinary one: ${JSON.stringify(name)}`, () => {
    const ordinary = insert(spec, { name, tags: ["t", "fixed"], ids: { a: "t", b: name } }, "u1");
    const printed = JSON.parse(printParameters([prepared({ name, tag: "t" }, "u1")])) as unknown[];
    assert.deepEqual(printed, JSON.parse(JSON.stringify([ordinary])));
  });
}

test("prepared and ordinary parameters stand side by side", () => {
  const printed = printParameters(["DB", prepared({ name: "n", tag: "t" }, "u"), commit({ durable: true })]);
  const [database, first, second] = JSON.parse(printed) as [string, { op: string }, { op: string }];
  assert.deepEqual([database, first.op, second.op], ["DB", "insert", "commit"]);
});
