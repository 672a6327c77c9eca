// A virtual machine that migrates back and forth between two nodes under pings, one each 50 ms: how many are lost.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { MigratingMachine } from "#test/stacks/guests/migrating-machine.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const whyNot =
  whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "busybox"]) || whyToolsAreMissing(controlPlaneTools);

describe("a virtual machine that migrates", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: DatapathStack;
  let machine: MigratingMachine;
  before(async () => {
    const folder = owned.use(createTemporaryFolder("migration")).path;
    stack = owned.use(await DatapathStack.start());
    const { kubectl } = stack.admission.plane;
    await kubectl.apply([networkManifest("blue", { dhcp: true, ipv4Subnets: [{ subnet: "10.50.0.0/24" }] })]);
    await kubectl.must(["wait", "network/blue", "--for=condition=Ready", "--timeout=60s"]);
    await stack.addPodOn("pinger", host(0), ["blue"], [], {});
    machine = await MigratingMachine.start(stack, "blue", host(1), folder);
  });
  after(() => owned.disposeAsync());

  const host = (index: number) => stack.fabric.hosts[index] ?? assert.fail();
  const other = () => (machine.host === host(0) ? host(1) : host(0));

  it("keeps its address 20 times back and forth", async (t) => {
    const { address } = machine;
    const quiet = await machine.pingQuietly("pinger", host(0));
    t.diagnostic(`without a migration ${quiet.lost} of ${quiet.sent} lost`);
    const lost: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const { lost: packets } = await machine.migrateTo(other(), "pinger", host(0));
      lost.push(packets);
      assert.equal(machine.address, address);
    }
    await stack.admission.assertInvariants();
    t.diagnostic(`lost packets of each migration: ${lost.join(" ")}`);
  });

  it("moves when a controller is there again that was killed in between", async (t) => {
    const lost: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const count = await machine.migrateTo(other(), "pinger", host(0), async () => {
        await stack.controller.kill();
        await stack.controller.start();
      });
      lost.push(count.lost);
    }
    await stack.admission.assertInvariants();
    t.diagnostic(`lost packets with a killed controller: ${lost.join(" ")}`);
  });
});
