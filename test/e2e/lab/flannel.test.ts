// Flannel gives the first interface, and its routes carry it between the nodes.
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { multusConfig } from "#lab/cluster/multus.ts";
import { bridgeNetwork, nodePaths } from "#lab/cluster/node-config.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { untilProbe } from "#tools/process/readiness.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";
import { type LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

const subnetFile = "/run/flannel/subnet.env";
const netConf = "/etc/kube-flannel/net-conf.json";
const kubeconfig = "/etc/kube-flannel/kubeconfig";
/** The name comes before the lab's own configuration in the order of names, so that the runtime takes it. */
const conflist = join(nodePaths.cniConfigFolder, "00-flannel.conf");

describe("together with Flannel", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  const daemons: ManagedProcess[] = [];
  const routesToOthers = ({ plan }: LabNode, verb: string): readonly string[] =>
    labPlan.nodes
      .filter(({ name }) => name !== plan.name)
      .map(({ podRange, address }) => `route ${verb} ${podRange} via ${address}`);

  before(async () => {
    stack = await sharedLab();
    const { flanneld } = await ensureTools(["flanneld"]);
    for (const node of stack.lab.nodes) {
      await node.machine.ip(...routesToOthers(node, "del"));
      node.write(netConf, JSON.stringify({ Network: labPlan.podRange, Backend: { Type: "host-gw" } }));
      node.write(kubeconfig, readFileSync(stack.lab.controlPlane.adminKubeconfig, "utf8"));
      const daemon = node.machine.process({
        name: "flanneld",
        command: flanneld,
        args: ["--kube-subnet-mgr", `--kubeconfig-file=${kubeconfig}`, "--iface=eth0", `--net-config-path=${netConf}`],
        env: { PATH: process.env["PATH"], NODE_NAME: node.plan.name },
        ready: untilProbe(() => Promise.resolve(existsSync(node.machine.pathOf(subnetFile))), 50),
      });
      daemons.push(daemon);
      await daemon.start();
      node.write(conflist, JSON.stringify(multusConfig(flannelConfig(node))));
    }
  });
  after(async () => {
    for (const daemon of daemons) await daemon.stop();
    for (const node of stack.lab.nodes) {
      rmSync(node.machine.pathOf(conflist));
      await node.machine.ip(...routesToOthers(node, "replace"));
    }
    await stack.assertSettled();
  });

  it("pods reach each other over the network of Flannel and over ours", async () => {
    const interfaces = [{ name: "plain" }, { name: "dual", interface: "data" }];
    const names = ["flannel-1", "flannel-2"] as const;
    await stack.apply(...names.map((name, index) => labPod(name, { node: `n${index + 1}`, interfaces })));
    await stack.ready(...names);
    const [one, two] = await Promise.all(names.map((name) => stack.pod(name)));
    assert.ok(one && two);
    const [link] = (await stack.linksOf(one)).filter(({ ifname }) => ifname === "eth0");
    assert.equal(link?.mtu, Number(subnetSettings(stack.n1)["FLANNEL_MTU"]));
    const addresses = (await stack.result(names[1])).flatMap(({ ip_address: all }) => all);
    const ours = addresses.map((address) => address.replace(/\/.*/, ""));
    await stack.assertReaches(names[0], [two.status.podIP ?? "", ...ours]);
    assert.equal(ours.length, 3);
    await stack.remove(...names);
  });
});

function subnetSettings({ machine }: LabNode): Readonly<Record<string, string>> {
  const text = readFileSync(machine.pathOf(subnetFile), "utf8");
  return Object.fromEntries(
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split("=", 2) as [string, string]),
  );
}

/** Does the work of Flannel's own plugin: makes a configuration of the bridge plugin from the file that the daemon wrote. */
function flannelConfig(node: LabNode): object {
  const { FLANNEL_SUBNET: subnet, FLANNEL_MTU: mtu, FLANNEL_NETWORK: network } = subnetSettings(node);
  const range = String(subnet).replace(/\d+\/(\d+)$/, "0/$1");
  return bridgeNetwork({ subnet: range, destinations: [String(network)], mtu: Number(mtu) });
}
