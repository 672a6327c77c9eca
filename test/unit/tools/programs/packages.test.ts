import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ensurePrograms, planPackages, whyProgramsAreMissing } from "#tools/programs/packages.ts";

const machine = { isRoot: true, hasApt: true, env: {} };

describe("missing programs", () => {
  it("are installed once for each package when we are root", () => {
    const plan = planPackages(["ovsdb-server", "ovs-vswitchd", "ovn-nbctl"], machine);
    assert.deepEqual(plan, { kind: "install", packages: ["openvswitch-switch", "ovn-central"] });
  });

  it("are reported with the command to run when we are not", () => {
    const plan = planPackages(["ovn-nbctl"], { ...machine, isRoot: false });
    assert.deepEqual(plan, {
      kind: "tell",
      message: "ovn-nbctl is missing; run: sudo apt-get install -y ovn-central",
    });
  });

  it("are reported by name on a machine without apt-get", () => {
    const plan = planPackages(["nft"], { ...machine, hasApt: false });
    assert.deepEqual(plan, { kind: "tell", message: "install nft (in Debian: nftables)" });
  });

  it("are never installed in place of those that OVN_BINDIR should have", async () => {
    const own = { ...machine, env: { OVN_BINDIR: "/nowhere" } };
    await assert.rejects(ensurePrograms(["ovn-nbctl"], undefined, own), /OVN_BINDIR=\/nowhere has no ovn-nbctl/);
  });

  it("are a reason to skip, except in CI", () => {
    const own = { ...machine, env: { OVN_BINDIR: "/nowhere" } };
    assert.equal(whyProgramsAreMissing(["ovn-nbctl"], own), "OVN_BINDIR=/nowhere has no ovn-nbctl");
    assert.equal(whyProgramsAreMissing(["ovn-nbctl"], { ...own, env: { ...own.env, CI: "true" } }), false);
  });
});
