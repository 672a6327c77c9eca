import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type LabState, readLabState, removeLabState, writeLabState } from "#lab/cluster/lab-state.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const state: LabState = {
  pid: 7,
  folder: "/tmp/x",
  kubeconfig: "/tmp/x/admin.kubeconfig",
  northbound: "unix:/tmp/x/nb",
  southbound: "unix:/tmp/x/sb",
  machines: { cp: 8 },
};

describe("the state of the lab", () => {
  it("is believed only when the process that has the lab wrote it", () => {
    using folder = createTemporaryFolder("test");
    const file = join(folder.path, "cache", "lab.json");
    assert.equal(readLabState(7, file), undefined);
    writeLabState(state, file);
    assert.deepEqual(readLabState(7, file), state);
    assert.equal(readLabState(8, file), undefined);
    assert.equal(readLabState(undefined, file), undefined);
    removeLabState(file, join(folder.path, "cache", "lab.log"));
    assert.equal(readLabState(7, file), undefined);
  });
});
