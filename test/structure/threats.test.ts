// The tables of docs/security.md are complete, and each threat names a test that exists.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { root } from "#tools/source-files.ts";

const page = readFileSync(`${root}/docs/security.md`, "utf8");
const exists = (path: string): boolean => existsSync(`${root}/${path}`);

/** The rows of all tables, each with the first cell of its table's title row. */
function rowsOf(text: string) {
  let title = "";
  return text.split("\n").flatMap((line, at, lines) => {
    if (!line.startsWith("|")) return [];
    const cells = line
      .replace(/^\|/, "")
      .replace(/\|\s*$/, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
    if (lines[at + 1]?.startsWith("| ---") === true) title = cells[0] ?? "";
    return line.startsWith("| ---") || lines[at + 1]?.startsWith("| ---") === true ? [] : [{ title, line, cells }];
  });
}

/** Says of each row what it lacks. */
function lacking(text: string, has: (path: string) => boolean): readonly string[] {
  return rowsOf(text).flatMap(({ title, line, cells }) => {
    if (cells.length < 3 || cells.includes("")) return [`an empty cell: ${line}`];
    if (title !== "threat") return [];
    const paths = [...(cells.at(-1) ?? "").matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
    if (paths.length === 0) return [`no test: ${line}`];
    return paths
      .filter((path) => !/^(?:packages\/[^/]+\/)?test\/.*\.test\.ts$/.test(path) || !has(path))
      .map((path) => `no test: ${path}`);
  });
}

test("no cell of a table is empty, and each threat names tests that exist", () => {
  assert.ok(rowsOf(page).filter(({ title }) => title === "threat").length >= 14);
  assert.deepEqual(lacking(page, exists), []);
});

const threat = (cells: string): string => `| threat | what stops it | shown by |\n| --- | --- | --- |\n| ${cells} |\n`;
const wrong = [
  ["an empty cell", threat("theft |  | `test/a.test.ts`")],
  ["a missing cell", threat("theft | a lock")],
  ["a threat without a test", threat("theft | a lock | we believe so")],
  ["a test that is gone", threat("theft | a lock | `test/a.test.ts`, `test/gone.test.ts`")],
  ["a file that is no test", threat("theft | a lock | `src/lock.ts`")],
] as const;

for (const [what, text] of wrong) {
  test(`${what} is reported`, () => {
    const has = (path: string): boolean => ["test/a.test.ts", "src/lock.ts"].includes(path);
    assert.equal(lacking(text, has).length, 1, text);
    assert.deepEqual(lacking(threat("theft | a lock | `test/a.test.ts`"), has), []);
  });
}
