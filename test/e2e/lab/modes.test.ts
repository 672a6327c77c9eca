// The ways in which a runtime can call us, with the same pod.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { rmSync } from "node:fs";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { bridgeConfig, nodePaths } from "#lab/cluster/node-config.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { type LabStack, labPod, type PodObject } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

const interfaces = [
  { name: "plain", interface: "net1", routes: [{ dst: "192.168.79.0/24", gw: "10.10.0.1" }] },
  { name: "dual", interface: "net2" },
];
const chain = "00-chained.conflist";

describe("the same pod, called for once, once for each network, or behind the bridge plugin without Multus", {
  skip: whyLabCannotRun(),
}, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
    const one = (network: string): object => ({
      apiVersion: "k8s.cni.cncf.io/v1",
      kind: "NetworkAttachmentDefinition",
      metadata: { name: `only-${network}` },
      spec: {
        config: JSON.stringify({
          cniVersion: "1.0.0",
          name: `only-${network}`,
          type: "ovn4nfv-cni",
          "nfn-network": network,
        }),
      },
    });
    await stack.apply(one("plain"), one("dual"));
    const { plugins } = bridgeConfig(stack.n2.plan) as { readonly plugins: readonly object[] };
    const ours = { type: "ovn4nfv-cni", capabilities: { "io.kubernetes.cri.pod-annotations": true } };
    // The name comes before that of Multus in the order of names, so that the runtime takes it.
    const config = { cniVersion: "1.0.0", name: "chained", plugins: [...plugins, ours] };
    stack.n2.write(join(nodePaths.cniConfigFolder, chain), JSON.stringify(config));
  });
  after(async () => {
    rmSync(stack.n2.machine.pathOf(join(nodePaths.cniConfigFolder, chain)));
    await stack.assertSettled();
  });

  it("gets the same interfaces, addresses and routes", async () => {
    const selection = { "k8s.v1.cni.cncf.io/networks": "only-plain@net1, only-dual@net2" };
    const names = ["once", "each", "chained"];
    await stack.apply(
      labPod("once", { node: "n1", interfaces }),
      labPod("each", { node: "n1", interfaces, annotations: selection }),
      labPod("chained", { node: "n2", interfaces }),
    );
    await stack.ready(...names);
    const pods = await Promise.all(names.map((name) => stack.pod(name)));
    const [first, ...others] = await Promise.all(pods.map((pod) => lookOf(stack, pod)));
    for (const other of others) assert.equal(other, first);
    assert.match(first ?? "", /net2: .*fd20::HOST\/64/);
    const chained = pods[2];
    assert.ok(chained);
    assert.equal(chained.metadata.annotations?.["k8s.v1.cni.cncf.io/network-status"], undefined);
    const addresses = (pod: PodObject) =>
      resultOf(pod).flatMap(({ ip_address: all }) => all.map((address) => address.replace(/\/.*/, "")));
    for (const pod of pods) {
      await stack.assertReaches(pod.metadata.name, pods.filter((other) => other !== pod).flatMap(addresses));
    }
    await stack.assertSettled();
    await stack.remove(...names);
  });

  it("waits when the agent is away; pods that are not ours start, and the node stays Ready", async () => {
    await moveAgents(stack, { "kubernetes.io/hostname": "n1" }, 1);
    await stack.apply(labPod("others", { node: "n2" }), labPod("ours", { node: "n2", interfaces }));
    await stack.ready("others");
    await stack.eventually(async () => {
      const events = await stack.kubectl("get", "events", "--field-selector=involvedObject.name=ours");
      assert.match(events, /FailedCreatePodSandBox.*ovn4nfv/);
    });
    const ready = `jsonpath={.status.conditions[?(@.type=="Ready")].status}`;
    assert.equal(await stack.kubectl("get", "node", "n2", "-o", ready), "True");
    await stack.remove("others");
    await moveAgents(stack, { "kubernetes.io/hostname": null }, 2);
    await stack.ready("ours");
    await stack.remove("ours");
  });
});

/** Sets the node selector of the agents, and waits until `count` of them serve. */
async function moveAgents(stack: LabStack, nodeSelector: object, count: number): Promise<void> {
  const patch = JSON.stringify({ spec: { template: { spec: { nodeSelector } } } });
  const agents = ["-n", "ovn4nfv-system", "daemonset/ovn4nfv-agent"];
  await stack.kubectl("patch", ...agents, "-p", patch);
  await stack.rolledOut("daemonset/ovn4nfv-agent");
  await stack.eventually(async () => {
    const pods = await stack.pods("app.kubernetes.io/name=ovn4nfv-agent", "ovn4nfv-system");
    assert.equal(pods.length, count);
  });
}

/** Our interfaces and routes as the pod sees them, without the values that differ between pods. */
async function lookOf(stack: LabStack, pod: PodObject): Promise<string> {
  const links = (await stack.linksOf(pod)).filter(({ ifname }) => ifname.startsWith("net"));
  const host = (address: string): string => address.replace(/(\.|::)[0-9a-f:]+$/, "$1HOST");
  const lines = links.map(({ ifname, mtu, addr_info: all }) => {
    const addresses = all.map(({ local, prefixlen, scope }) =>
      scope === "link" ? scope : `${host(local)}/${prefixlen}`,
    );
    return `${ifname}: mtu ${mtu} ${addresses.sort().join(" ")}`;
  });
  const routes = (await stack.inPod(pod, "ip", "route")).split("\n").filter((line) => line.includes(" dev net"));
  return [...lines.sort(), ...routes.map((route) => route.replace(/ src \S+/, "").trim()).sort()].join("\n");
}
