import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertLabHas, wantedLab } from "#lab/cluster/wanted-lab.ts";
import type { LabState } from "#lab/cluster/lab-state.ts";

const state: LabState = {
  pid: 7,
  folder: "/tmp/x",
  kubeconfig: "/tmp/x/admin.kubeconfig",
  northbound: "unix:/tmp/x/nb",
  southbound: "unix:/tmp/x/sb",
  machines: { cp: 8, n1: 9, n2: 10 },
};

describe("the lab that somebody asks for", () => {
  it("runs the OVN of the system, unless a suite of Debian is named", () => {
    assert.equal(wantedLab([]).ovn, undefined);
    assert.equal(wantedLab(["--ovn", "sid"]).ovn, "sid");
    assert.throws(() => wantedLab(["--ovn", "woody"]), /there is no OVN "woody"; there are bookworm, trixie, sid/);
    assert.throws(() => wantedLab(["sid"]), /Unexpected argument 'sid'/);
  });

  it("has two nodes, or three", () => {
    assert.equal(wantedLab([]).nodes, 2);
    assert.equal(wantedLab(["--nodes", "3"]).nodes, 3);
    for (const nodes of ["1", "4", "2.5", "many", ""]) {
      assert.throws(() => wantedLab(["--nodes", nodes]), /the lab has 2 to 3 nodes, not/);
    }
  });

  it("has OVN in pods when its machines are to have none, and stays so while it is up", () => {
    assert.equal(wantedLab([]).isBare, false);
    assert.equal(wantedLab(["--without-ovn"]).isBare, true);
    assert.throws(() => wantedLab(["--without-ovn", "--ovn", "sid"]), /either --ovn, or that of pods/);
    const bare = { ...state, northbound: "", southbound: "" };
    assert.doesNotThrow(() => {
      assertLabHas({ nodes: 2, isBare: true }, bare);
    });
    assert.throws(() => {
      assertLabHas({ nodes: 2, isBare: true }, state);
    }, /the lab that is up has an OVN of its own; `npm run lab -- down`/);
    assert.throws(() => {
      assertLabHas({ nodes: 2, isBare: false }, bare);
    }, /the lab that is up has its OVN in pods/);
  });

  it("gets no further node while it is up", () => {
    assert.doesNotThrow(() => {
      assertLabHas({ nodes: 2, isBare: false }, state);
    });
    assert.throws(() => {
      assertLabHas({ nodes: 3, isBare: false }, state);
    }, /the lab that is up has the nodes n1, n2; `npm run lab -- down` takes it down/);
  });
});
