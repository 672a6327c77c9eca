import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ovnCore } from "#test/runner/ovn-core.ts";
import { choose, ovnOfPhase, whyNotRun } from "#test/runner/ovn-of-phase.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";

const release = { ovn: "26.03.1", openVswitch: "4.0.0", binaries: "/c/bin", askedAtMs: 0 };
const versions = { ovn: "26.03.1", openVswitch: "4.0.0" };

describe("a phase with an OVN of its own", () => {
  it("runs on that, and is left out where all other phases run on it", () => {
    assert.deepEqual(choose(release, { ovn: "23.03.1", openVswitch: "4.0.0" }), {
      kind: "run",
      binaries: "/c/bin",
      versions,
    });
    assert.deepEqual(choose(release, { ovn: "26.03.1", openVswitch: "3.1.0" }).kind, "run");
    assert.deepEqual(choose(release, versions), { kind: "same", versions });
  });

  it("says why it is left out", () => {
    assert.equal(whyNotRun({ kind: "same", versions }), "run above, on OVN 26.03.1 and Open vSwitch 4.0.0");
    assert.equal(whyNotRun({ kind: "missing", why: "no apt-get" }), "not here: no apt-get");
  });

  it("is left out where its OVN cannot be fetched, and fails in CI", {
    skip: !existsSync("/usr/bin/apt-get"),
  }, async () => {
    using folder = createTemporaryFolder("test");
    // Without apt-get on the PATH nothing can be fetched, and the cache is empty.
    const { PATH } = process.env;
    process.env["PATH"] = folder.path;
    const plain = await ovnOfPhase("sid", { XDG_CACHE_HOME: folder.path });
    const inCi = await ovnOfPhase("sid", { XDG_CACHE_HOME: folder.path, CI: "true" });
    process.env["PATH"] = PATH;
    assert.deepEqual([plain.kind, inCi.kind], ["missing", "failed"]);
  });
});

describe("the core that runs on the oldest and the newest OVN", () => {
  it("is made of tests that are there", () => {
    assert.deepEqual(
      ovnCore.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
});
