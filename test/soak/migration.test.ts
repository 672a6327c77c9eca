// A virtual machine that migrates back and forth between two nodes under pings, one each 50 ms: how many are lost, in a network of tunnels
// and on a VLAN.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { AnnouncingNode } from "#test/stacks/guests/announcing-node.ts";
import { MigratingMachine } from "#test/stacks/guests/migrating-machine.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";

const whyNot =
  whyNotRoot() || whyProgramsAreMissing([...chassisPrograms, "busybox"]) || whyToolsAreMissing(controlPlaneTools);

const rounds = Number(process.env["ROUNDS"] ?? 20);
const roundsWithKills = Math.ceil(rounds / 5);
/** Without the announcements of the agents the machine is found on the VLAN when OVN announces it, a second after the move. */
const announces = process.env["ANNOUNCE"] !== "no";
/** A migration may lose this many packets while nothing is killed. */
const mayLose = 6;
const outside = "172.30.10.100";

const blue = networkManifest("blue", { dhcp: true, ipv4Subnets: [{ subnet: "10.50.0.0/24" }] });
const wan = {
  apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
  kind: "ProviderNetwork",
  metadata: { name: "wan", namespace: "default" },
  spec: {
    providerNetType: "VLAN",
    vlan: { vlanId: 100, providerInterfaceName: wireDevice },
    dhcp: true,
    ipv4Subnets: [{ subnet: "172.30.10.0/24", gateway: outside, excludeIps: outside }],
  },
};

describe("a virtual machine that migrates", { skip: whyNot }, () => {
  const owned = new AsyncDisposableStack();
  let stack: DatapathStack;
  let folder: string;
  before(async () => {
    folder = owned.use(createTemporaryFolder("migration")).path;
    stack = owned.use(await DatapathStack.start([{ name: "branch", address: `${outside}/24`, vlan: 100 }]));
    if (announces) for (const one of stack.fabric.hosts) owned.use(AnnouncingNode.start(stack.admission.client, one));
    const { kubectl } = stack.admission.plane;
    await kubectl.apply([blue, wan]);
    await kubectl.must(["wait", "network/blue", "providernetwork/wan", "--for=condition=Ready", "--timeout=60s"]);
  });
  after(() => owned.disposeAsync());

  const host = (index: number) => stack.fabric.hosts[index] ?? assert.fail();
  const other = (machine: MigratingMachine) => (machine.host === host(0) ? host(1) : host(0));

  for (const [network, where] of [
    ["blue", "in a network of tunnels"],
    ["wan", "on a VLAN"],
  ] as const) {
    describe(where, () => {
      const pinger = `pinger-${network}`;
      let machine: MigratingMachine;
      before(async () => {
        await stack.addPodOn(pinger, host(0), [network], [], {});
        machine = await MigratingMachine.start(stack, network, host(1), folder);
      });

      /** Migrates so many times, and gives the lost packets of each. */
      async function backAndForth(times: number, meanwhile?: () => Promise<void>): Promise<readonly number[]> {
        const { address } = machine;
        const lost: number[] = [];
        for (let round = 0; round < times; round += 1) {
          const count = await machine.migrateTo(other(machine), pinger, host(0), meanwhile);
          lost.push(count.lost);
          assert.equal(machine.address, address);
        }
        await stack.admission.assertInvariants();
        return lost;
      }

      it(`keeps its address ${rounds} times back and forth`, async (t) => {
        const quiet = await machine.pingQuietly(pinger, host(0));
        t.diagnostic(`without a migration ${quiet.lost} of ${quiet.sent} lost`);
        const lost = await backAndForth(rounds);
        t.diagnostic(`lost packets of each migration: ${lost.join(" ")}`);
        // Open vSwitch in user space shares the processors with everything else here, so that a few may take longer.
        const many = lost.filter((count) => count > mayLose);
        assert.ok(many.length <= rounds / 5, `${many.length} migrations lost more than ${mayLose} packets`);
      });

      it("moves when a controller is there again that was killed in between", async (t) => {
        const lost = await backAndForth(roundsWithKills, async () => {
          await stack.controller.kill();
          await stack.controller.start();
        });
        t.diagnostic(`lost packets with a killed controller: ${lost.join(" ")}`);
      });
    });
  }
});
