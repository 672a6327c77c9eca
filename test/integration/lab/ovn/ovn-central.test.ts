import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

describe("the central part of OVN", () => {
  it("carries a switch from the Northbound to the Southbound database, and counts northd's work", async () => {
    using folder = createTemporaryFolder("central");
    await using central = await OvnCentral.start({ folder: folder.path });
    await central.nbctl("ls-add", "blue");
    await central.settle();
    const before = await central.northdStats();
    assert.match(await central.sbctl("list", "datapath_binding"), /blue/);
    await central.nbctl("ls-add", "red");
    await central.settle();
    const after = await central.northdStats();
    assert.ok(after.recompute + after.compute > before.recompute + before.compute);
  });

  it("can be the Northbound database alone", async () => {
    using folder = createTemporaryFolder("central");
    await using central = await OvnCentral.start({ folder: folder.path, northd: false });
    assert.equal(await central.nbctl("ls-list"), "");
    assert.throws(() => central.sb, /OVN_Southbound is not running here/);
  });
});
