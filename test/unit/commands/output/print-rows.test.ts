import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { printListing, printRows, printYaml } from "#src/commands/output/print-rows.ts";
import type { Column } from "#src/commands/output/text-table.ts";

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
  const listing = { linesOf, columns, nameOf: ({ name }: Row) => name };
  assert.equal(printListing("table", rows.slice(0, 1), listing), "FREE   NETWORK\n   7   blue\n   0   same\n");
  assert.deepEqual(JSON.parse(printListing("json", rows.slice(0, 1), listing)), [{ name: "blue", free: "7" }]);
});

test("names are printed once each, and a thing without a name has none", () => {
  const nameOf = ({ name }: Row) => (name === "blue" ? name : undefined);
  const listing = { linesOf: (row: Row) => [row], columns, nameOf };
  assert.equal(printListing("name", [...rows, ...rows], listing), "blue\n");
});

test("a wide table has further columns, and is not broken where a terminal is narrow", () => {
  const wide: Column<Row> = { title: "twice", room: "wide", value: ({ free }) => (free * 2n).toString() };
  const listing = { linesOf: (row: Row) => [row], columns: [...columns, wide], nameOf: () => undefined };
  assert.equal(printListing("table", rows.slice(0, 1), listing), "FREE   NETWORK\n   7   blue\n");
  const style = { width: 5, hasColors: false };
  assert.equal(printListing("wide", rows.slice(0, 1), listing, style), "FREE   NETWORK   TWICE\n   7   blue      14\n");
});

test("what a terminal would obey is escaped in JSON and YAML, in keys too, and means the same", () => {
  const hostile = "a\u001b]0;owned\u0007 \u009b2J \u007f \u202etxt \u2028 line\nnext";
  const value = [{ [hostile]: hostile, plain: "yes" }];
  const json = printRows("json", value, []);
  const yaml = printYaml(value);
  for (const text of [json, yaml]) assert.doesNotMatch(text, /(?!\n)[\p{Cc}\u202e\u2028]/u);
  assert.deepEqual(JSON.parse(json), value);
  assert.deepEqual(parse(yaml), value);
});
