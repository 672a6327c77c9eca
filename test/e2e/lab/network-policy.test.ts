// The NetworkPolicies of deploy/components/network-policy, on nodes that enforce them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { type LabStack, labPod, type PodObject } from "#test/stacks/lab/lab-stack.ts";
import { type NetworkPolicy, removeWalls, type WalledPod, wallPods } from "#test/stacks/lab/policy-walls.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

const file = "deploy/components/network-policy/network-policy.yaml";
const [admission, operations, closed] = [9443, 9440, 9];

describe("the NetworkPolicies of an installation, on nodes that enforce them", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
    await stack.apply(labPod("stranger", { node: "n1" }), ...readManifests(file));
    await stack.ready("stranger");
  });
  after(async () => {
    await Promise.all(stack.lab.nodes.map(removeWalls));
    await stack.kubectl("delete", "networkpolicies", "--all", `--namespace=${systemNamespace}`);
  });

  const ours = async (name: string): Promise<readonly WalledPod[]> =>
    (await stack.pods(`app.kubernetes.io/name=ovn4nfv-${name}`, systemNamespace)) as unknown as readonly WalledPod[];
  /** Connects from a pod to a port of each pod, and says how that ends. */
  const tries = async (pods: readonly WalledPod[], port: number): Promise<readonly string[]> => {
    const connect = async ({ status }: WalledPod): Promise<string> => {
      const script = `nc -w 2 ${status.podIP} ${port} </dev/null 2>&1 >/dev/null && echo open`;
      const said = (await stack.script("stranger", script)).stdout;
      return /open|refused|timed out/.exec(said)?.[0] ?? said;
    };
    return [...new Set(await Promise.all(pods.map(connect)))];
  };

  it("are needed: without them a pod connects to every port on every node", async () => {
    const webhooks = await ours("webhook");
    assert.equal(webhooks.length, 2);
    assert.deepEqual(await tries(webhooks, admission), ["open"]);
    assert.deepEqual(await tries(webhooks, operations), ["open"]);
    assert.deepEqual(await tries([...webhooks, ...(await ours("controller"))], closed), ["refused"]);
    assert.deepEqual(await tries(await ours("cainjector"), closed), ["refused"]);
  });

  it("let pods see probes and metrics, and nothing else", async () => {
    const { items } = (await stack.lab.controlPlane.kubectl.get([
      "networkpolicies",
      `--namespace=${systemNamespace}`,
    ])) as { readonly items: readonly NetworkPolicy[] };
    assert.equal(items.length, 3);
    assert.deepEqual(items[0]?.spec.ingress, undefined, "the cainjector may be reached by nobody");
    assert.ok(JSON.stringify(items).includes(labPlan.podRange), "the range of the lab's pods is excepted");
    const pods = (await Promise.all(["webhook", "controller", "cainjector"].map(ours))).flat();
    for (const node of stack.lab.nodes) await wallPods(node, items, pods);
    const [webhooks, controllers, cainjectors] = [
      await ours("webhook"),
      await ours("controller"),
      await ours("cainjector"),
    ];
    assert.deepEqual(await tries([...webhooks, ...controllers], operations), ["open"]);
    assert.deepEqual(await tries(webhooks, admission), ["timed out"]);
    assert.deepEqual(await tries([...webhooks, ...controllers, ...cainjectors], closed), ["timed out"]);
  });

  it("let the API server ask every replica, and the kubelet probe it", async () => {
    // The pods keep their addresses, and everybody has to connect anew.
    const webhooks = await stack.pods("app.kubernetes.io/name=ovn4nfv-webhook", systemNamespace);
    for (const webhook of webhooks) await stack.killContainer(webhook);
    await stack.eventually(async () => {
      for (const { metadata, status } of webhooks) {
        const now = (await stack.pods("app.kubernetes.io/name=ovn4nfv-webhook", systemNamespace)).find(
          (pod) => pod.metadata.uid === metadata.uid,
        );
        assert.ok(now, `${metadata.name} is gone`);
        assert.ok(restartsOf(now) > restartsOf({ status }), `${metadata.name} was not restarted`);
      }
    });
    await stack.rolledOut("deployment/ovn4nfv-webhook");
    await stack.apply(labPod("customer", { interfaces: [{ name: "plain" }] }));
    await stack.ready("customer");
    await stack.remove("customer", "stranger");
    await stack.assertSettled();
  });
});

function restartsOf({ status }: Pick<PodObject, "status">): number {
  return status.containerStatuses?.[0]?.restartCount ?? 0;
}
