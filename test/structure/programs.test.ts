// A test that needs a program of Debian finds it on a machine that is new.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { browserPrograms, nodePrograms } from "#tools/programs/packages.ts";
import { root, sourceFiles } from "#tools/source-files.ts";
import { testPrograms } from "#test/runner/prepare.ts";

const prepared = new Set<string>([...testPrograms, ...nodePrograms, ...browserPrograms]);

test("each program for which a test is skipped is prepared for all tests, or installed by the test", () => {
  const asking = sourceFiles(["test"]).filter((path) => /^test\/(?:integration|e2e|soak|stacks)\//.test(path));
  const faults = asking.flatMap((path) => {
    const text = readFileSync(`${root}/${path}`, "utf8");
    if (text.includes("ensurePrograms(")) return [];
    const names = [...text.matchAll(/whyProgramsAreMissing\(\[([^\]]*)\]/g)].flatMap(([, list = ""]) => [
      ...list.matchAll(/"([^"]+)"/g),
    ]);
    return names.flatMap(([, name = ""]) => (prepared.has(name) ? [] : [`${path}: ${name}`]));
  });
  assert.deepEqual(faults, []);
  assert.ok(asking.length > 50);
});
