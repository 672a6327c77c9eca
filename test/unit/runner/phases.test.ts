import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { jobsOf, selectTests, testPhases } from "#test/runner/phases.ts";
import { root } from "#tools/source-files.ts";

test("without words every phase that has files is chosen, cheap ones first", () => {
  const names = selectTests(testPhases, [], root).map(({ phase }) => phase.name);
  assert.deepEqual(
    names,
    testPhases.map(({ name }) => name).filter((name) => names.includes(name)),
  );
  assert.ok(names.includes("unit"));
});

test("a word that names a phase chooses it, another word chooses files by a part of their path", () => {
  const [only, ...others] = selectTests(testPhases, ["unit", "core/config."], root);
  assert.equal(others.length, 0);
  assert.deepEqual(only?.files, ["test/unit/core/config.test.ts"]);
});

test("words that match nothing choose nothing", () => {
  assert.deepEqual(selectTests(testPhases, ["no-such-file"], root), []);
});

test("files of a folder that is run together are one process, and each other file has its own", () => {
  const phase = { name: "e2e", glob: "", timeoutMs: 1, together: ["e2e/lab/", "e2e/none/"] };
  const files = ["e2e/a.test.ts", "e2e/lab/b.test.ts", "e2e/lab/c.test.ts", "e2e/z.test.ts"];
  assert.deepEqual(jobsOf({ phase, files }), [
    [["e2e/lab/b.test.ts", "e2e/lab/c.test.ts"]],
    [["e2e/a.test.ts"]],
    [["e2e/z.test.ts"]],
  ]);
});

test("processes that need the same thing of the machine are one job, one after the other", () => {
  const inTurn = ["e2e/lab/", "e2e/operator.test.ts"];
  const phase = { name: "e2e", glob: "", timeoutMs: 1, together: ["e2e/lab/"], inTurn };
  const files = ["e2e/a.test.ts", "e2e/lab/b.test.ts", "e2e/lab/c.test.ts", "e2e/operator.test.ts"];
  assert.deepEqual(jobsOf({ phase, files }), [
    [["e2e/lab/b.test.ts", "e2e/lab/c.test.ts"], ["e2e/operator.test.ts"]],
    [["e2e/a.test.ts"]],
  ]);
});

test("the paths that the phases name are there", () => {
  const named = testPhases.flatMap(({ together = [], inTurn = [] }) => [...together, ...inTurn]);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(root, path))),
    [],
  );
});
