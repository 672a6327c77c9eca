import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isFresh, versionIn } from "#tools/ovn/ovn-cache.ts";
import { isOvnSuite, newestOvn, oldestOvn, ovnSuites } from "#tools/ovn/ovn-suites.ts";

const dayMs = 24 * 3_600_000;

describe("the suites of Debian whose OVN is tried", () => {
  it("go from the oldest to the newest", () => {
    assert.deepEqual([ovnSuites.at(0), ovnSuites.at(-1)], [oldestOvn, newestOvn]);
  });

  it("are known by Debian's names only", () => {
    assert.deepEqual(["sid", "26.03", ""].map(isOvnSuite), [true, false, false]);
  });
});

describe("a fetched OVN", () => {
  it("is asked for again after a week, and when the clock was set back", () => {
    const release = { askedAtMs: 100 * dayMs };
    assert.deepEqual(
      [100, 106.9, 107, 99].map((day) => isFresh(release, day * dayMs)),
      [true, true, false, false],
    );
  });

  it("has the version that its programs print", () => {
    assert.equal(versionIn("ovn-controller 26.03.1\nOpen vSwitch Library 4.0.0\n"), "26.03.1");
    assert.equal(versionIn("ovs-vswitchd (Open vSwitch) 3.1.0\n"), "3.1.0");
    assert.equal(versionIn("nothing"), "unknown");
  });
});
