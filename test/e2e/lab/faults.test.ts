// Faults on nodes: pods keep their addresses, and nothing is left behind.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readNodeWiring, resultOf } from "#lab/cluster/node-wiring.ts";
import { type LabStack, labPod, labPodSpec, type PodObject } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

const plain = { name: "plain" };
const dual = { name: "dual", interface: "data" };
/** A provider network with a host outside. */
const wan = { name: "fault-wan" };
const outside = "172.16.33.200";
const providerNetwork = {
  apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
  kind: "ProviderNetwork",
  metadata: { name: wan.name, namespace: "default" },
  spec: {
    providerNetType: "VLAN",
    ipv4Subnets: [{ subnet: "172.16.33.0/24", excludeIps: "172.16.33.100..172.16.33.254" }],
    vlan: { vlanId: 100, providerInterfaceName: wireDevice, vlanNodeSelector: "all" },
  },
};

describe("on a bad day", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  let kept: readonly [left: PodObject, right: PodObject];
  before(async () => {
    stack = await sharedLab();
    await stack.apply(providerNetwork);
    await stack.kubectl("wait", "--for=condition=NodesReady", `providernetwork/${wan.name}`, "--timeout=60s");
    await stack.apply(
      labPod("left", { node: "n1", interfaces: [plain, dual, wan] }),
      labPod("right", { node: "n2", interfaces: [plain, dual, wan] }),
    );
    await stack.ready("left", "right");
    kept = [await stack.pod("left"), await stack.pod("right")];
  });
  after(async () => {
    await stack.remove("left", "right");
    await stack.kubectl("delete", "providernetwork", wan.name, "--timeout=60s");
    await stack.assertSettled();
  });

  /** Checks that the pods that were there before have the same addresses, and reach each other and the host outside. */
  const assertKept = async (): Promise<void> => {
    await stack.assertSettled();
    for (const [index, { metadata }] of kept.entries()) {
      const now = await stack.pod(metadata.name);
      assert.deepEqual(addressesOf(now), addressesOf(kept[index] ?? now));
      await stack.assertReaches(metadata.name, [...addressesOf(kept[1 - index] ?? now), outside]);
    }
  };

  /** Checks that a pod that is made now is wired. */
  const assertServes = async (node: string): Promise<void> => {
    await stack.apply(labPod("fresh", { node, interfaces: [plain] }));
    await stack.ready("fresh");
    await stack.assertReaches(
      "fresh",
      kept.map((pod) => addressesOf(pod)[0] ?? ""),
    );
    await stack.remove("fresh");
  };

  it("a sandbox that is killed under its pod comes back with the same addresses", async () => {
    const [left] = kept;
    const before = await stack.sandboxOf(left);
    await stack.killTask(stack.n1, before);
    await stack.restarted("left");
    assert.notEqual(await stack.sandboxOf(await stack.pod("left")), before);
    await assertKept();
  });

  it("a container runtime that is killed finds its pods again", async () => {
    await stack.n1.restartRuntime();
    await assertServes("n1");
    await assertKept();
  });

  it("an agent that is killed in the middle of 20 ADDs leaves no port, and all pods come up", async () => {
    const names = Array.from({ length: 20 }, (_, n) => `crowd-${n}`);
    const before = (await readNodeWiring(stack.n1)).ports.length;
    await stack.apply(...names.map((name) => labPod(name, { node: "n1", interfaces: [plain, dual] })));
    await stack.eventually(async () => {
      const wired = (await readNodeWiring(stack.n1)).ports.length - before;
      assert.ok(wired >= 4, `${wired} ports of 40 are there`);
    });
    await stack.killAgent(stack.n1);
    await stack.ready(...names);
    await assertKept();
    await stack.remove(...names);
    await stack.assertSettled();
  });

  it("an agent that cannot serve takes no node's agent away, and leaves nothing when the roll-out is undone", async () => {
    const agents = async (): Promise<readonly PodObject[]> => {
      const args = ["pods", "-n", systemNamespace, "-l", "app.kubernetes.io/name=ovn4nfv-agent"];
      return ((await stack.lab.controlPlane.kubectl.get(args)) as { readonly items: readonly PodObject[] }).items;
    };
    const before = (await agents()).map(({ metadata }) => metadata.uid).sort();
    const path = "/spec/template/spec/containers/0/args/-";
    const patch = JSON.stringify([{ op: "add", path, value: "--bridge=br-absent" }]);
    const workload = ["-n", systemNamespace, "daemonset/ovn4nfv-agent"];
    await stack.kubectl("patch", ...workload, "--type=json", "-p", patch);
    await stack.eventually(async () => {
      const args = ["-n", systemNamespace, "--field-selector=reason=Unhealthy", "-o=jsonpath={.items[*].message}"];
      assert.match(
        await stack.kubectl("get", "events", ...args),
        /Startup probe failed: the bridge br-absent is not seen/,
      );
    });
    for (const node of ["n1", "n2"]) await assertServes(node);
    await stack.kubectl("rollout", "undo", ...workload);
    await stack.kubectl("rollout", "status", ...workload, "--timeout=60s");
    await stack.eventually(async () => {
      assert.deepEqual((await agents()).map(({ metadata }) => metadata.uid).sort(), before);
    });
    await assertKept();
  });

  it("Open vSwitch that is restarted forwards again, and new pods are wired", async () => {
    const { database, switchd } = stack.n1.chassis;
    await switchd.kill();
    await database.restart();
    await switchd.start();
    await assertServes("n1");
    await assertKept();
  });

  it("pods that are deleted while the API server is away leave the bridge at once, and NB when it is back", async () => {
    const api = stack.lab.controlPlane.part("kube-apiserver");
    await stack.apply(lingering(labPod("ending", { node: "n2", interfaces: [plain, dual] })));
    await stack.ready("ending");
    const port = (await stack.result("ending"))[0]?.port ?? "";
    await stack.kubectl("delete", "pod", "ending", "--wait=false");
    // Without this its kubelet might not know of the deletion yet.
    const killing = "--field-selector=involvedObject.name=ending,reason=Killing";
    await stack.eventually(async () => {
      assert.notEqual(await stack.kubectl("get", "events", killing, "-o", "name"), "");
    });
    await api.kill();
    await stack.eventually(async () => {
      const { ports } = await readNodeWiring(stack.n2);
      assert.ok(!ports.some(({ ids }) => ids.get("iface-id") === port));
    });
    assert.ok(!api.running);
    await api.start();
    await stack.kubectl("wait", "--for=delete", "pod/ending", "--timeout=120s");
    await assertKept();
  });

  it("a node that is rebooted wires its pods anew, with the same addresses", async () => {
    const [, right] = kept;
    const restarts = restartsOf(right);
    const ours = await systemPodsOn(stack, "n2");
    await stack.n2.reboot();
    await stack.restarted("right", restarts + 1);
    await untilServedAgain(stack, "n2", ours);
    await assertKept();
  });
});

const restartsOf = ({ status }: PodObject): number => status.containerStatuses?.[0]?.restartCount ?? 0;

const systemPodsOn = async (stack: LabStack, node: string): Promise<readonly PodObject[]> =>
  (await stack.pods("", systemNamespace)).filter(({ spec }) => spec.nodeName === node);

/**
 * Waits until the API server knows the new address of the webhook; before, it may call the address from before the
 * reboot.
 */
async function untilServedAgain(stack: LabStack, node: string, before: readonly PodObject[]): Promise<void> {
  const were = new Map(before.map((pod) => [pod.metadata.uid, restartsOf(pod)]));
  await stack.eventually(async () => {
    for (const pod of await systemPodsOn(stack, node)) {
      assert.ok(restartsOf(pod) > (were.get(pod.metadata.uid) ?? -1), `${pod.metadata.name} was not started again`);
    }
  });
  const own = `--namespace=${systemNamespace}`;
  await stack.kubectl("wait", "--for=condition=Ready", "--timeout=120s", own, "pods", "--all");
  await stack.eventually(async () => {
    const slices = ["endpointslices", "--selector=kubernetes.io/service-name=ovn4nfv-webhook", own];
    const told = await stack.kubectl("get", ...slices, "-o", "jsonpath={.items[*].endpoints[*].addresses[*]}");
    const pods = await stack.pods("app.kubernetes.io/name=ovn4nfv-webhook", systemNamespace);
    assert.deepEqual(told.split(" ").sort(), pods.map(({ status }) => status.podIP).sort());
  });
}

/** A pod that is slow to end. */
function lingering(pod: object): object {
  const [container] = labPodSpec.containers;
  const lifecycle = { preStop: { exec: { command: ["sleep", "5"] } } };
  const { spec } = pod as { readonly spec: object };
  return { ...pod, spec: { ...spec, terminationGracePeriodSeconds: 30, containers: [{ ...container, lifecycle }] } };
}

/** The addresses of all interfaces, without mask. */
function addressesOf(pod: PodObject): readonly string[] {
  return resultOf(pod).flatMap(({ ip_address: all }) => all.map((address) => address.replace(/\/.*/, "")));
}
