import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Phase } from "#test/runner/phases.ts";

const folder = mkdtempSync(join(tmpdir(), "ovn4nfv-runner-"));
after(() => {
  rmSync(folder, { recursive: true });
});
const durations = join(folder, "seconds.json");
for (const name of ["unit", "together", "beside", "alone"]) mkdirSync(join(folder, name));

const files = {
  "good.test.ts":
    'import { test } from "node:test"; test("a", () => {}); test("b", { skip: "no such tool" }, () => {});',
  "bad.test.ts":
    'import { test } from "node:test"; test("wrong", () => { console.log("a hint"); throw new Error("boom"); });',
  "crash.test.ts": "process.exit(3);",
  "empty.test.ts": "export {};",
  "nested.test.ts":
    'import { suite, test } from "node:test"; suite("s", () => { test("t", async (t) => { await t.test("deep", () => { throw new Error("d"); }); }); });',
  "hooks.test.ts":
    'import { after, describe, it } from "node:test"; describe("s", () => { it("t", () => {}); after(() => { throw new Error("left over"); }); });',
  "body.test.ts":
    'import { describe, it } from "node:test"; describe("s", () => { it("t", () => {}); throw new Error("half a suite"); });',
  "outer.test.ts":
    'import { before, describe, it } from "node:test"; describe("s", () => { before(() => { throw new Error("x"); }); describe("in", () => { it("t", () => {}); }); });',
  "skipped.test.ts":
    'import { describe, it } from "node:test"; describe("s", { skip: "no such tool" }, () => { it("t", () => {}); });',
  "finding.test.ts":
    'import { suite, test } from "node:test"; suite("s", () => { test("a", (t) => { t.diagnostic("7 of 9 lost"); }); });',
  "leak.test.ts": 'import { test } from "node:test"; test("done", () => { setInterval(() => {}, 1000); });',
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "unit", name), text);

const sharing = (rest: string): string =>
  `import { test } from "node:test"; import { count } from "./count.ts"; ${rest}`;
const together = {
  "count.ts": "let calls = 0; export const count = () => (calls += 1);",
  "a.test.ts": sharing('test("first", () => { if (count() !== 1) throw new Error("not alone"); });'),
  "b.test.ts": sharing('test("second", () => { console.log("a hint"); throw new Error(`call ${count()}`); });'),
  "c.test.ts": sharing('test("third", { skip: "no such tool" }, () => {});'),
  "d.test.ts": "export {};",
  "shared.ts": 'import { test } from "node:test"; export const define = () => test("elsewhere", () => {});',
  "e.test.ts": 'import { define } from "./shared.ts"; define();',
};
for (const [name, text] of Object.entries(together)) writeFileSync(join(folder, "together", name), text);

// The first one ends when the second one has begun, which is in a later phase.
const beside = {
  "long.test.ts": `import { test } from "node:test"; import { once } from "node:events"; import { existsSync, watch } from "node:fs";
    test("met", async () => {
      const changes = watch(import.meta.dirname);
      while (!existsSync(import.meta.dirname + "/met")) await once(changes, "change");
      changes.close();
    });`,
  "later.test.ts": `import { test } from "node:test"; import { writeFileSync } from "node:fs";
    test("begun", () => writeFileSync(import.meta.dirname + "/met", ""));
    test("wrong", () => { throw new Error("boom"); });`,
};
for (const [name, text] of Object.entries(beside)) writeFileSync(join(folder, "beside", name), text);

// Each of two waits for the other one.
const meeting = (own: string, other: string): string =>
  `import { test } from "node:test"; import { once } from "node:events"; import { existsSync, watch, writeFileSync } from "node:fs";
    test("met", async () => {
      const changes = watch(import.meta.dirname);
      writeFileSync(import.meta.dirname + "/${own}", "");
      while (!existsSync(import.meta.dirname + "/${other}")) await once(changes, "change");
      changes.close();
    });`;
const alone = {
  "short.test.ts": 'import { test } from "node:test"; test("done", () => {});',
  "one.test.ts": meeting("one", "two"),
  "two.test.ts": meeting("two", "one"),
};
for (const [name, text] of Object.entries(alone)) writeFileSync(join(folder, "alone", name), text);

/** Runs the runner on the files whose path contains `name`, in a process of its own. */
function runOver(name: string, timeoutMs = 30_000): { status: number | null; lines: readonly string[] } {
  const glob = "{unit,together}/*.test.ts";
  return runPhases([{ name: "unit", glob, timeoutMs, together: ["together/"] }], name);
}

function runPhases(phases: readonly Phase[], name: string): { status: number | null; lines: readonly string[] } {
  const runner = new URL("../../runner/run-tests.ts", import.meta.url).href;
  const script = `import { runTests } from ${JSON.stringify(runner)};
    process.exit(await runTests(${JSON.stringify(phases)}, [${JSON.stringify(name)}], ${JSON.stringify({ cwd: folder, durations })}));`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  return { status, lines: stdout.trimEnd().split("\n") };
}

test("passed and skipped tests are counted in the last line, and the reason of a skip is shown", () => {
  const { status, lines } = runOver("good.test.ts");
  assert.equal(status, 0);
  assert.equal(lines.at(-1), "1 passed, 0 failed, 1 skipped");
  assert.ok(lines.includes("  - skipped: b: no such tool"));
});

test("what a test has found is shown, without the counts that Node adds", () => {
  const { status, lines } = runOver("finding.test.ts");
  assert.equal(status, 0);
  assert.ok(lines.includes("  7 of 9 lost"));
  assert.ok(!lines.some((line) => line.includes("duration_ms")));
});

test("how long a file took is kept for the order of the next run", () => {
  runOver("good.test.ts");
  const kept = JSON.parse(readFileSync(durations, "utf8")) as Readonly<Record<string, number>>;
  assert.ok((kept["unit/good.test.ts"] ?? 0) > 0);
});

test("a failed test is shown with its place, its error and what the file printed, and fails the run", () => {
  const { status, lines } = runOver("bad.test.ts");
  assert.equal(status, 1);
  assert.equal(lines.at(-1), "0 passed, 1 failed, 0 skipped");
  const text = lines.join("\n");
  assert.match(text, /✗ wrong\n +at unit\/bad\.test\.ts:1\n +Error: boom/);
  assert.match(text, /standard output:\n +a hint/);
});

test("what has failed is repeated at the end, without what the files printed", () => {
  const phase = { name: "unit", glob: "unit/{bad,crash,good}.test.ts", timeoutMs: 30_000 };
  const { lines } = runPhases([phase], "unit/");
  const end = lines.slice(lines.indexOf("== what has failed"));
  assert.ok(end.length < lines.length);
  const text = end.join("\n");
  assert.match(text, /✗ unit\/bad\.test\.ts: .*\n +✗ wrong\n +at unit\/bad\.test\.ts:1\n +Error: boom/);
  assert.match(text, /✗ the process ended with status 3/);
  assert.doesNotMatch(text, /a hint|good\.test\.ts/);
  assert.ok(!runOver("good.test.ts").lines.includes("== what has failed"));
});

test("a suite that is skipped counts as one skipped test, and its reason is shown", () => {
  const { status, lines } = runOver("skipped.test.ts");
  assert.equal(status, 1, "nothing has passed");
  assert.equal(lines.at(-1), "0 passed, 0 failed, 1 skipped");
  assert.ok(lines.includes("  - skipped: s: no such tool"));
});

test("files of a folder that is run together share their modules, and each is reported by itself", () => {
  const { status, lines } = runOver("together/");
  assert.equal(status, 1);
  assert.equal(lines.at(-1), "2 passed, 2 failed, 1 skipped");
  const text = lines.join("\n");
  assert.match(text, /✓ together\/e\.test\.ts: 1 passed, 0 failed, 0 skipped/, "its test is written in another file");
  assert.match(text, /✓ together\/a\.test\.ts: 1 passed, 0 failed, 0 skipped/);
  assert.match(text, /✗ together\/b\.test\.ts: 0 passed, 1 failed, 0 skipped.*\n +✗ second\n.*\n +Error: call 2/);
  assert.match(text, /standard output:\n +a hint/);
  assert.match(text, /✗ together\/d\.test\.ts: 0 passed, 1 failed, 0 skipped.*\n +✗ the file has no tests/);
});

test("a phase that runs beside the others ends with them, and both are counted", () => {
  const timeoutMs = 30_000;
  const { status, lines } = runPhases(
    [
      { name: "first", glob: "beside/long.test.ts", timeoutMs, beside: true },
      { name: "second", glob: "beside/later.test.ts", timeoutMs },
    ],
    "beside/",
  );
  assert.equal(status, 1);
  assert.ok(lines.includes("== first: 1 files, beside the phases that follow"));
  assert.equal(lines.at(-1), "2 passed, 1 failed, 0 skipped");
});

test("a phase has more processes when nothing runs beside it any more", () => {
  const timeoutMs = 30_000;
  const { status, lines } = runPhases(
    [
      { name: "first", glob: "alone/short.test.ts", timeoutMs, beside: true },
      { name: "second", glob: "alone/{one,two}.test.ts", timeoutMs, concurrency: 1, concurrencyAlone: 2 },
    ],
    "alone/",
  );
  assert.equal(lines.at(-1), "3 passed, 0 failed, 0 skipped");
  assert.equal(status, 0);
});

test("parents of a failed test are not counted as further failures", () => {
  assert.equal(runOver("nested.test.ts").lines.at(-1), "0 passed, 1 failed, 0 skipped");
});

test("what a hook of a suite threw is shown, and fails the run though each test passed", () => {
  const { status, lines } = runOver("hooks.test.ts");
  assert.equal(status, 1);
  assert.equal(lines.at(-1), "1 passed, 1 failed, 0 skipped");
  assert.match(lines.join("\n"), /✗ s\n +at unit\/hooks\.test\.ts:1\n +Error: left over/);
});

test("what a suite itself threw is shown, beside its tests, which were cancelled", () => {
  const { lines } = runOver("body.test.ts");
  assert.equal(lines.at(-1), "0 passed, 2 failed, 0 skipped");
  assert.match(lines.join("\n"), /✗ s\n +at unit\/body\.test\.ts:1\n +Error: half a suite/);
});

test("a suite that was cancelled with its tests is not counted beside them", () => {
  const { lines } = runOver("outer.test.ts");
  assert.equal(lines.at(-1), "0 passed, 2 failed, 0 skipped", "the test, and the suite whose hook it was");
});

test("a file that crashes, or has no tests, is a failure", () => {
  for (const [name, why] of [
    ["crash.test.ts", "  ✗ the process ended with status 3"],
    ["empty.test.ts", "  ✗ the file has no tests"],
  ] as const) {
    const { status, lines } = runOver(name);
    assert.equal(status, 1);
    assert.ok(lines.includes(why), lines.join("\n"));
    assert.equal(lines.at(-1), "0 passed, 1 failed, 0 skipped");
  }
});

test("a file that leaves a timer running is ended at its deadline, and is a failure", () => {
  const { status, lines } = runOver("leak.test.ts", 4_000);
  assert.equal(status, 1);
  assert.ok(lines.includes("  ✗ the file was not done in 4 s"), lines.join("\n"));
});

test("words that match no file fail the run and list the phases", () => {
  const { status, lines } = runOver("nothing-like-that");
  assert.equal(status, 1);
  assert.ok(lines.some((line) => line.includes("the phases are unit")));
});
