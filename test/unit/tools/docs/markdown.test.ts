import assert from "node:assert/strict";
import { test } from "node:test";
import { pages } from "#tools/docs/doc-pages.ts";
import { code, printPage, table } from "#tools/docs/markdown.ts";

test("a bar in a cell does not end the cell", () => {
  assert.equal(table(["a"], [["x|y"]]), "| a |\n| --- |\n| x\\|y |");
});

test("code that holds a backtick stays code", () => {
  assert.equal(code("x"), "`x`");
  assert.equal(code("a`b"), "`` a`b ``");
});

test("every page says where it comes from and ends with one newline", () => {
  for (const page of pages) {
    const text = printPage(page);
    assert.ok(text.startsWith(`<!-- Generated from ${page.source} `), page.name);
    assert.match(text, /\|\n$|[^\n]\n$/);
  }
});
