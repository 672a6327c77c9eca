import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { passedVersions, printTried, type Tried } from "#tools/docs/tried-versions.ts";

const base: Tried = {
  phase: "core-sid",
  date: "2026-11-28",
  ovn: "26.03.1",
  openVswitch: "4.0.0",
  kubernetes: "v1.34.4",
  passed: 3,
  failed: 0,
  skipped: 0,
  failures: [],
};

describe("the versions that were tried", () => {
  it("are those with which everything passed, and that of the usual tests, in the order of numbers", () => {
    const tried = [
      base,
      { ...base, ovn: "9.1.0" },
      { ...base, ovn: "25.03.0", failed: 1 },
      { ...base, ovn: "-", passed: 0 },
    ];
    assert.deepEqual(passedVersions(tried, "ovn", "23.03.1"), ["9.1.0", "23.03.1", "26.03.1"]);
    assert.deepEqual(passedVersions(tried, "kubernetes", "1.34.4"), ["1.34.4"]);
  });

  it("are a table, with what failed and what did not start below it", () => {
    const broken = { ...base, phase: "e2e-sid", failed: 1, failures: ["a.test.ts"] };
    const absent = { ...base, phase: "kubernetes-1.37", passed: 0, why: "failed: no Go\nmore" };
    const lines = printTried([base, broken, absent]).split("\n");
    assert.equal(lines[2], "| `core-sid` | 26.03.1 | 4.0.0 | v1.34.4 | 3 | 0 | 0 | 2026-11-28 |");
    assert.deepEqual(lines.slice(-2), [
      "* `e2e-sid` had failures in `a.test.ts`.",
      "* `kubernetes-1.37` did not run: failed: no Go",
    ]);
  });
});
