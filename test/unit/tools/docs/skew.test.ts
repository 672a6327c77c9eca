import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { printSkew, readSkew, type Skew, storeSkew } from "#tools/docs/skew.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const one: Skew = { webhook: "before", controller: "this", what: "churn", passed: true, date: "2026-11-29" };
const wired: Skew = { ...one, webhook: "this", agent: "before", shim: "before", what: "two pods", passed: false };

test("a result takes the place of an older one of the same releases, and the others stay", () => {
  using folder = createTemporaryFolder("skew");
  const file = join(folder.path, "skew.json");
  writeFileSync(file, "[]");
  storeSkew({ ...one, passed: false }, file);
  storeSkew(wired, file);
  storeSkew(one, file);
  assert.deepEqual(readSkew(file), [one, wired]);
});

test("the page says of each set of releases what came out", () => {
  const page = printSkew([one, wired]);
  assert.match(page, /\| before \| this \| – \| – \| churn \| works \| 2026-11-29 \|/);
  assert.match(page, /\| this \| this \| before \| before \| two pods \| \*\*fails\*\* \|/);
});
