// A virtual machine that migrates between the nodes of the lab while the agents of both are killed: its pods are real ones, and it answers
// to pings in whichever of them OVN knows its address.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { targetReadyKey } from "#test/fixtures/kube/launcher-pod.ts";
import { CountedTraffic } from "#test/stacks/lab/counted-traffic.ts";
import { LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";

const rounds = Number(process.env["ROUNDS"] ?? 6);

describe("a machine of the lab that migrates", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start();
    await stack.addNetworks({ plain: { ipv4Subnets: [{ subnet: "10.10.0.0/24" }] } });
  });
  after(() => stack[Symbol.asyncDispose]());

  const uid = randomUUID();
  /** The pod of the machine with this number. All but the first are targets of a migration. */
  const launcher = (number: number): object => {
    const job = number === 0 ? {} : { "kubevirt.io/migrationJobUID": randomUUID() };
    return labPod(`vm-${number}`, {
      node: number % 2 === 0 ? "n1" : "n2",
      interfaces: [{ name: "plain", interface: "net1", claim: "vm.plain" }],
      labels: { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": uid, ...job },
      annotations: { "kubevirt.io/domain": "vm" },
    });
  };
  /**
   * The kubelet lets a container that dies again and again wait for minutes, and the end of a pod waits for the agent. Another pod of the
   * agent begins without that.
   */
  async function freshAgents(): Promise<void> {
    await stack.rolledOut("daemonset/ovn4nfv-agent");
    const all = ["--namespace", systemNamespace, "--selector=app.kubernetes.io/name=ovn4nfv-agent"];
    await stack.kubectl("delete", "pod", ...all);
    await stack.rolledOut("daemonset/ovn4nfv-agent");
  }
  const ipOf = async (pod: string): Promise<string> => (await stack.result(pod))[0]?.ip_address[0] ?? "";

  it(`keeps its address ${rounds} times while both agents are killed, and its pods are wired right`, async (t) => {
    await stack.apply(labPod("pinger", { node: "n1", interfaces: [{ name: "plain" }] }), launcher(0));
    await stack.ready("pinger", "vm-0");
    const ip = await ipOf("vm-0");
    const address = ip.replace(/\/.*/, "");
    await stack.assertReaches("pinger", [address]);
    const lost: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const [before, target] = [`vm-${round - 1}`, `vm-${round}`];
      // Every second agent dies while the target is wired, and the others while the addresses move.
      const killBoth = () => Promise.all(stack.lab.nodes.map((node) => stack.killAgent(node)));
      await stack.apply(launcher(round));
      if (round % 2 === 0) await killBoth();
      await stack.ready(target);
      assert.equal(await ipOf(target), ip);
      const traffic = await CountedTraffic.start(stack, [await stack.pod("pinger")], address);
      const move = stack.kubectl("annotate", "pod", target, `${targetReadyKey}=2026-01-01 00:00:00 +0000 UTC`);
      await Promise.all([move, ...(round % 2 === 0 ? [] : [killBoth()])]);
      await stack.remove(before);
      await traffic.answered(3);
      lost.push((await traffic.count([])).others.lost);
      await traffic.end();
      await freshAgents();
      await stack.assertSettled();
    }
    t.diagnostic(`lost packets of each migration, of one a second: ${lost.join(" ")}`);
    await stack.remove(`vm-${rounds}`, "pinger");
    await stack.assertSettled();
  });
});
