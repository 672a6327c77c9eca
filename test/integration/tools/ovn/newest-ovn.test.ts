import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { ensureOvn, type OvnRelease, whyOvnIsMissing } from "#tools/ovn/ovn-cache.ts";
import { newestOvn } from "#tools/ovn/ovn-suites.ts";
import { until } from "#test/assertions/until.ts";
import { mustRun } from "#tools/process/command.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ovnBinary, schemaFile } from "#tools/programs/ovn-binaries.ts";
import { ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";

const whyNot = whyNotRoot() || whyOvnIsMissing(newestOvn) || whyProgramsAreMissing(["ip"]);

describe("the newest OVN beside the system's", { skip: whyNot }, () => {
  const folder = createTemporaryFolder("newest");
  let release: OvnRelease;
  let fabric: OvnFabric;

  before(async () => {
    await ensurePrograms(["ip"]);
    release = await ensureOvn(newestOvn);
    process.env["OVN_BINDIR"] = release.binaries;
    fabric = await OvnFabric.start(folder.path);
    await until(async () => (await fabric.central.chassisNames()).length === 2);
    await fabric.central.nbctl("--wait=hv", "sync");
  });
  after(async () => {
    await fabric.stop();
    folder.remove();
  });

  it("has databases of its own schema", async () => {
    const schema = JSON.parse(await mustRun("cat", [schemaFile("OVN_Northbound")])) as { readonly version: string };
    const said = await mustRun(ovnBinary("ovsdb-client"), ["get-schema-version", fabric.central.nb, "OVN_Northbound"]);
    assert.equal(said.trim(), schema.version);
  });

  it("counts changes of ports that its ovn-northd did not answer with a recompute", async () => {
    const { central } = fabric;
    await central.nbctl("ls-add", "blue");
    await central.settle();
    const { recompute, compute } = await central.northdStats();
    await central.nbctl("lsp-add", "blue", "p1");
    await central.settle();
    const after = await central.northdStats();
    assert.equal(after.recompute, recompute);
    assert.ok(after.compute > compute);
  });

  it("has its own ovs-vswitchd and ovn-controller on both chassis", async () => {
    for (const { chassis, machine } of fabric.hosts) {
      const version = await chassis.vsctl("--bare", "get", "Open_vSwitch", ".", "ovs_version");
      assert.equal(version.trim(), `"${release.openVswitch}"`);
      const control = `/run/ovn/ovn-controller.${String(chassis.controller.pid)}.ctl`;
      const said = await machine.must(ovnBinary("ovn-appctl"), ["-t", control, "version"]);
      assert.match(said, new RegExp(`^ovn-controller ${release.ovn}`));
    }
    assert.deepEqual(await fabric.central.chassisNames(), ["n1", "n2"]);
  });
});
