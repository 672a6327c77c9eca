import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readTried, writeTried } from "#tools/docs/tried-versions.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { notStarted } from "#test/runner/phase-result.ts";
import { isWhole, selectTests, wantsOwn } from "#test/runner/phases.ts";
import { storeResult } from "#test/runner/tried-versions.ts";
import { versionPhases } from "#test/runner/version-phases.ts";
import { root } from "#tools/source-files.ts";

const versions = { ovn: "26.03.1", openVswitch: "4.0.0", kubernetes: "v1.34.4" };
const tally = { passed: 3, failed: 0, skipped: 1 };
const nowMs = Date.UTC(2026, 10, 28, 23);

describe("the results on several versions", () => {
  it("are kept by phase, the newest in the place of the one before", () => {
    using folder = createTemporaryFolder("tried");
    const file = join(folder.path, "tried.json");
    writeTried([], file);
    const failed = { passed: 2, failed: 1, skipped: 1 };
    storeResult({ phase: "core-sid", versions, tally: failed, failures: ["b.test.ts", "a.test.ts"] }, nowMs, file);
    storeResult({ phase: "core-bookworm", versions, tally, failures: [] }, nowMs, file);
    assert.deepEqual(
      readTried(file).map(({ phase, failures }) => [phase, failures]),
      [
        ["core-bookworm", []],
        ["core-sid", ["a.test.ts", "b.test.ts"]],
      ],
    );
    storeResult({ phase: "core-sid", versions, tally, failures: [] }, nowMs, file);
    const after = readTried(file).find(({ phase }) => phase === "core-sid");
    assert.deepEqual(after, { phase: "core-sid", date: "2026-11-28", ...versions, ...tally, failures: [] });
  });

  it("have what did not start, with what it asked for", () => {
    using folder = createTemporaryFolder("tried");
    const file = join(folder.path, "tried.json");
    writeTried([], file);
    const phase = { name: "kubernetes-1.37", glob: "", timeoutMs: 1, kubernetes: "v1.37.2" };
    storeResult(notStarted(phase, "it cannot be built"), nowMs, file);
    const [stored] = readTried(file);
    assert.deepEqual([stored?.kubernetes, stored?.passed, stored?.why], ["v1.37.2", 0, "it cannot be built"]);
  });
});

describe("the phases on several versions", () => {
  const phases = versionPhases(["v1.32.13", "v1.37.2"]);

  it("are a core, lab, integration and e2e on each OVN, and a core on each Kubernetes", () => {
    assert.deepEqual(
      phases.map(({ name }) => name).filter((name) => /-sid$|^kubernetes/.test(name)),
      ["core-sid", "lab-sid", "integration-sid", "e2e-sid", "kubernetes-1.32", "kubernetes-1.37"],
    );
    assert.ok(phases.every((phase) => wantsOwn(phase) && phase.repeats === true && phase.real === true));
  });

  it("are whole only when no word has left a file out", () => {
    const [whole] = selectTests(phases, ["core-sid"], root);
    const [part] = selectTests(phases, ["core-sid", "gateway"], root);
    assert.deepEqual(
      [whole, part].map((one) => one !== undefined && isWhole(one, root)),
      [true, false],
    );
  });
});
