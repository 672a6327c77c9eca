import assert from "node:assert/strict";
import { test } from "node:test";
import { type Column, printTable, TextTable } from "#src/commands/output/text-table.ts";

type Row = readonly [name: string, says: string];

const columns: readonly Column<Row>[] = [
  { title: "name", value: ([name]) => name },
  { title: "says", value: ([, says]) => says },
];
const row: Row = ["blue", "has no free address"];

test("in a terminal that is too narrow cells are broken between words, from the widest column on", () => {
  assert.equal(
    printTable([row, ["a", "b"]], columns, { width: 20, hasColors: false }),
    "NAME   SAYS\nblue   has no free\n       address\na      b\n",
  );
});

test("a name is never broken, and lines get too long instead", () => {
  assert.equal(
    printTable([["a-very-long-name", "x y z w"]], columns, { width: 10, hasColors: false }),
    "NAME               SAYS\na-very-long-name   x y\n                   z w\n",
  );
});

test("a terminal that is too narrow has no spare columns, the last of them first, and a pipe has all", () => {
  const spare = columns.map((column): Column<Row> => ({ ...column, room: "spare" }));
  const all: readonly Column<Row>[] = [{ title: "id", value: () => "1" }, ...spare];
  assert.equal(printTable([["blue", "unbreakable"]], all, { width: 12, hasColors: false }), "ID   NAME\n1    blue\n");
  assert.equal(printTable([["blue", "x"]], all), "ID   NAME   SAYS\n1    blue   x\n");
});

test("colours are around texts and not around spaces, so that columns stand under each other", () => {
  const painted: readonly Column<Row>[] = [
    { title: "name", value: ([name]) => name, tone: () => "good" },
    { title: "says", value: ([, says]) => says, align: "right" },
  ];
  const text = printTable([["blue", "7"]], painted, { width: undefined, hasColors: true });
  assert.equal(text, "\u001b[1mNAME\u001b[22m   \u001b[1mSAYS\u001b[22m\n\u001b[32mblue\u001b[39m      7\n");
});

test("a cell cannot give orders to the terminal, nor begin a line", () => {
  const text = printTable([["\u001b]0;x\u0007\nroot", "\u009bA"]], columns, { width: 80, hasColors: true });
  const own = text.replaceAll(/\u001b\[\d+m/g, "");
  assert.equal(own, "NAME                    SAYS\n\\u001b]0;x\\u0007 root   \\u009bA\n");
});

test("a table that grows has its titles once, and columns as wide as before", () => {
  const table = new TextTable(columns, { width: undefined, hasColors: false });
  assert.equal(table.print([["longest", "x"]]), "NAME      SAYS\nlongest   x\n");
  assert.equal(table.print([["a", "y"]]), "a         y\n");
});
