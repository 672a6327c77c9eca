import assert from "node:assert/strict";
import { test } from "node:test";
import { insert } from "../../../src/transaction/operations.ts";
import { prepareInsert } from "../../../src/transaction/prepared-insert.ts";
import { printParameters } from "../../../src/connection/printed-json.ts";
import { column, table } from "../../../src/values/table.ts";

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
