import assert from "node:assert/strict";
import { test } from "node:test";
import { type Column, printLines, printRows } from "#src/commands/output.ts";

interface Row {
  readonly name: string;
  readonly free: bigint;
}

const rows: readonly Row[] = [
  { name: "blue", free: 7n },
  { name: "a-long-one", free: 65_534n },
];
const columns: readonly Column<Row>[] = [
  { title: "free", value: ({ free }) => free.toString(), align: "right" },
  { title: "network", value: ({ name }) => name },
];

test("a table has upper-case titles and columns as wide as their widest cell, without trailing space", () => {
  assert.equal(printRows("table", rows, columns), " FREE   NETWORK\n    7   blue\n65534   a-long-one\n");
});

test("a table without rows is the word none, and in JSON an empty list", () => {
  assert.equal(printRows("table", [], columns), "none\n");
  assert.equal(printRows("json", [], columns), "[]\n");
});

test("JSON and YAML hold the whole rows, bigints as decimal strings", () => {
  assert.deepEqual(JSON.parse(printRows("json", rows.slice(0, 1), columns)), [{ name: "blue", free: "7" }]);
  assert.equal(printRows("yaml", rows.slice(0, 1), columns), '- name: blue\n  free: "7"\n');
});

test("a row may have several lines in a table, and is one thing in JSON", () => {
  const linesOf = (row: Row): readonly Row[] => [row, { name: "same", free: 0n }];
  assert.equal(printLines("table", rows.slice(0, 1), linesOf, columns), "FREE   NETWORK\n   7   blue\n   0   same\n");
  assert.deepEqual(JSON.parse(printLines("json", rows.slice(0, 1), linesOf, columns)), [{ name: "blue", free: "7" }]);
});
