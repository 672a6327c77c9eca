// Rights that a day without faults does not need are used in the tests that the table names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { root } from "#tools/source-files.ts";
import { rareRights } from "#test/fixtures/kube/rare-rights.ts";

test("each test of rare rights asserts that they are used", () => {
  const paths = Object.keys(rareRights);
  assert.ok(paths.length > 5);
  for (const path of paths) {
    const calls = readFileSync(`${root}/${path}`, "utf8").matchAll(/assertRareRights\(\s*[\w.]+, "([^"]+)"/g);
    assert.deepEqual(
      [...calls].map(([, named]) => named),
      [path],
    );
  }
});
