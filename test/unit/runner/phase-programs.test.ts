import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { describe, it } from "node:test";
import { kubernetesCore } from "#test/runner/kubernetes-core.ts";
import { ovnCore } from "#test/runner/ovn-core.ts";
import { areSame, programsOf, whyNotRun } from "#test/runner/phase-programs.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";

const versions = { ovn: "26.03.1", openVswitch: "4.0.0", kubernetes: "v1.34.4" };
const hasApt = existsSync("/usr/bin/apt-get");

describe("a phase with programs of its own", () => {
  it("is left out only where all of them are those of the other phases", () => {
    assert.equal(areSame(versions, versions), true);
    for (const other of [{ ovn: "23.03.1" }, { openVswitch: "3.1.0" }, { kubernetes: "v1.37.2" }]) {
      assert.equal(areSame(versions, { ...versions, ...other }), false);
    }
  });

  it("says why it is left out", () => {
    const same = whyNotRun({ kind: "same", versions });
    assert.equal(same, "run above, on OVN 26.03.1, Open vSwitch 4.0.0, Kubernetes v1.34.4");
    assert.equal(whyNotRun({ kind: "missing", why: "no apt-get" }), "not here: no apt-get");
  });

  it("is left out where its OVN cannot be fetched, and fails in CI", { skip: !hasApt }, async () => {
    using folder = createTemporaryFolder("test");
    // Without apt-get on the PATH nothing can be fetched, and the cache is empty.
    const { PATH } = process.env;
    process.env["PATH"] = folder.path;
    const plain = await programsOf({ ovn: "sid" }, { XDG_CACHE_HOME: folder.path });
    const inCi = await programsOf({ ovn: "sid" }, { XDG_CACHE_HOME: folder.path, CI: "true" });
    process.env["PATH"] = PATH;
    assert.deepEqual([plain.kind, inCi.kind], ["missing", "failed"]);
  });

  it("is left out where nothing can build its Kubernetes", async () => {
    const programs = await programsOf({ kubernetes: "v1.37.2" }, { PATH: "/nowhere" });
    assert.deepEqual(programs, { kind: "missing", why: "Go, which builds v1.37.2, is missing" });
  });
});

describe("the cores that run on several versions", () => {
  it("are made of tests that are there", () => {
    const empty = [...ovnCore, ...kubernetesCore].filter((glob) => globSync(glob, { cwd: root }).length === 0);
    assert.deepEqual(empty, []);
  });
});
