import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { changePrinter } from "#src/commands/inspect/watch/change-printer.ts";
import type { ListChange } from "#src/commands/inspect/watch/list-changes.ts";
import { plainStyle } from "#src/commands/output/text-style.ts";

interface Row {
  readonly name: string;
  readonly free: bigint;
}

const listing = {
  linesOf: (row: Row) => [row],
  columns: [{ title: "name", value: ({ name }: Row) => name }],
  nameOf: ({ name }: Row) => name,
};
const came: ListChange<Row> = { type: "ADDED", object: { name: "blue", free: 1n } };
const went: ListChange<Row> = { type: "DELETED", object: { name: "blue", free: 1n } };

test("a watched table has titles once, and its first column says what happened", () => {
  const print = changePrinter("table", listing, plainStyle);
  assert.equal(print([came]), "EVENT   NAME\nADDED   blue\n");
  assert.equal(print([went]), "DELETED   blue\n");
});

test("a watched list in JSON has an object in each line, in YAML a document for each, and as names a line", () => {
  const json = changePrinter("json", listing, plainStyle)([came, went]).trimEnd().split("\n");
  assert.deepEqual(
    json.map((line) => JSON.parse(line) as unknown),
    [
      { type: "ADDED", object: { name: "blue", free: "1" } },
      { type: "DELETED", object: { name: "blue", free: "1" } },
    ],
  );
  const yaml = parseAllDocuments(changePrinter("yaml", listing, plainStyle)([came, went]));
  assert.deepEqual(
    yaml.map((document) => (document.toJS() as { type: string }).type),
    ["ADDED", "DELETED"],
  );
  assert.equal(changePrinter("name", listing, plainStyle)([came]), "blue\n");
});
