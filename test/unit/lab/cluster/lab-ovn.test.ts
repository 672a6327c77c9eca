import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertLabRuns, ovnEnvironment } from "#lab/cluster/lab-ovn.ts";
import type { LabState } from "#lab/cluster/lab-state.ts";

const state: LabState = {
  pid: 7,
  folder: "/tmp/x",
  kubeconfig: "/tmp/x/admin.kubeconfig",
  northbound: "unix:/tmp/x/nb",
  southbound: "unix:/tmp/x/sb",
  machines: { cp: 8 },
};
const withNewest = { ...state, ovnBinaries: "/c/sid/bin" };

describe("the OVN of the lab", () => {
  it("is used by every program that is run in the lab later", () => {
    const env = { PATH: "/usr/bin" };
    assert.equal(ovnEnvironment(state, env), env);
    assert.deepEqual(ovnEnvironment(withNewest, env), { OVN_BINDIR: "/c/sid/bin", PATH: "/c/sid/bin:/usr/bin" });
  });

  it("cannot be changed while the lab is up", () => {
    assert.doesNotThrow(() => {
      assertLabRuns("/c/sid/bin", withNewest);
    });
    assert.throws(() => {
      assertLabRuns("/c/sid/bin", state);
    }, /the lab that is up runs OVN of the system; `npm run lab -- down` takes it down/);
  });
});
