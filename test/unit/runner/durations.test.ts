import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { longestFirst, readDurations, storeDurations } from "#test/runner/durations.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

describe("the order of test files", () => {
  it("is by the time that their job took, the longest first", () => {
    const durations = new Map([
      ["short", 1],
      ["long", 9],
      ["half", 5],
      ["other half", 5],
    ]);
    assert.deepEqual(longestFirst([["short"], ["long"], ["half", "other half"]], durations), [
      ["half", "other half"],
      ["long"],
      ["short"],
    ]);
  });

  it("begins with what was never measured, in the order given", () => {
    const jobs = [["new", "short"], ["newer"], ["short"]];
    assert.deepEqual(longestFirst(jobs, new Map([["short", 1]])), jobs);
  });
});

describe("how long test files took", () => {
  it("is kept from run to run, file by file", () => {
    using folder = createTemporaryFolder("durations");
    const file = join(folder.path, "cache/seconds.json");
    assert.equal(readDurations(file).size, 0);
    storeDurations(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
      file,
    );
    storeDurations(new Map([["b", 3]]), file);
    assert.deepEqual(
      [...readDurations(file)],
      [
        ["a", 1],
        ["b", 3],
      ],
    );
  });

  it("is unknown where the file cannot be read", () => {
    using folder = createTemporaryFolder("durations");
    const file = join(folder.path, "seconds.json");
    writeFileSync(file, "half a file {");
    assert.equal(readDurations(file).size, 0);
  });
});
