import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
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
    ["e2e/lab/b.test.ts", "e2e/lab/c.test.ts"],
    ["e2e/a.test.ts"],
    ["e2e/z.test.ts"],
  ]);
});

test("a phase of small files runs several of them in one process", () => {
  const phase = { name: "unit", glob: "", timeoutMs: 1, filesPerProcess: 2 };
  assert.deepEqual(jobsOf({ phase, files: ["a", "b", "c"] }), [["a", "b"], ["c"]]);
});

test("each test file is in one phase, except those that are repeated on another OVN", () => {
  const everywhere = testPhases.filter(({ ovn }) => ovn === undefined);
  const chosen = selectTests(everywhere, [], root).flatMap(({ files }) => files);
  assert.deepEqual(
    chosen.toSorted(),
    globSync("{test,packages/*/test}/{structure,unit,property,golden,integration,e2e}/**/*.test.ts", {
      cwd: root,
    }).sort(),
  );
});

test("files that need the lab are in the phase that runs beside the others", () => {
  const beside = selectTests(testPhases, [], root).filter(({ phase }) => phase.beside);
  const inLab = beside.flatMap(({ files }) => files);
  const starters = globSync("{test,packages/*/test}/{integration,e2e}/**/*.test.ts", { cwd: root })
    .filter((file) => /whyLabCannotRun|Lab\.start|sharedLab/.test(readFileSync(join(root, file), "utf8")))
    .sort();
  assert.deepEqual(inLab.toSorted(), starters);
});

test("the paths that the phases name are there", () => {
  const named = testPhases.flatMap(({ together = [], except = [] }) => [...together, ...except]);
  assert.deepEqual(
    named.filter((path) => globSync(path, { cwd: root }).length === 0),
    [],
  );
});
