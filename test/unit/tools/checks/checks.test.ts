import assert from "node:assert/strict";
import { test } from "node:test";
import { checks } from "#tools/checks/checks.ts";

function saw(name: string, output: string): number | undefined {
  return checks.find((check) => check.name === name)?.saw?.(output);
}

test("each tool's count of files is read from what it prints", () => {
  assert.equal(saw("format", "Checked 14 files in 8ms. No fixes applied.\n"), 14);
  assert.equal(saw("lint", "\neslint saw 375 files\n"), 375);
  assert.equal(saw("lint-types", "Finished in 9.6s on 2041 files with 42 rules using 2 threads.\n"), 2041);
  assert.equal(saw("arrows", "dependency-cruiser saw 58 files\n"), 58);
  assert.equal(saw("types", "src/a.ts(1,1): error TS1: no\ntsc saw 2 files\n"), 2);
});

test("a tool that prints no count has seen nothing", () => {
  for (const name of ["format", "lint", "lint-types", "arrows", "types"]) assert.equal(saw(name, "all is well\n"), 0);
});

test("every check says what to do when it fails, and no two share a name", () => {
  assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length);
  for (const { remedy } of checks) assert.notEqual(remedy, "");
});
