// A StatefulSet whose replicas keep their addresses on three networks, in a cluster where its pods end in all the ways that they can.
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { statefulSetManifest } from "#test/fixtures/kube/stateful-set.ts";
import { hasNotToEnd } from "#test/stacks/lab/pod-ends.ts";
import { labPodSpec, LabStack, type PodObject } from "#test/stacks/lab/lab-stack.ts";

const replicas = Number(process.env["PODS"] ?? 20);
const few = Math.ceil(replicas / 4);
const patienceMs = 300_000;
const networks = ["plain", "dual", "routed"];

describe(`${replicas} replicas with addresses that stay`, { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  let first: ReadonlyMap<string, readonly string[]>;
  before(async () => {
    stack = await LabStack.start();
    await stack.addLabNetworks();
  });
  after(() => stack[Symbol.asyncDispose]());

  const names = Array.from({ length: replicas }, (_, ordinal) => `kv-${ordinal}`);
  const pods = () => stack.pods("app=kv");
  const addressesOf = (pod: PodObject): readonly string[] =>
    resultOf(pod).flatMap(({ interface: name, ip_address: ips, mac_address: mac }) => [`${name} ${mac}`, ...ips]);
  const scale = (to: number) => stack.kubectl("scale", "statefulset", "kv", `--replicas=${to}`);

  /** Waits until this many replicas run and no pod is about to end, and gives the addresses of each. */
  async function untilRunning(count: number): Promise<ReadonlyMap<string, readonly string[]>> {
    let found: readonly PodObject[] = [];
    await stack.eventually(async () => {
      found = await pods();
      const run = found.filter((pod) => hasNotToEnd(pod) && pod.status.phase === "Running");
      assert.equal(run.length, count, `${run.length} of ${found.length} pods run`);
      assert.equal(found.length, count);
    }, patienceMs);
    await stack.ready(...found.map(({ metadata }) => metadata.name));
    return new Map(found.map((pod) => [pod.metadata.name, addressesOf(pod)]));
  }
  /** Asserts that all replicas come back with what they had, and says how long that takes. */
  async function untilSame(t: TestContext, began: number): Promise<void> {
    const now = await untilRunning(replicas);
    t.diagnostic(`all ${replicas} replicas are Ready again after ${Math.round(performance.now() - began)} ms`);
    for (const name of names) assert.deepEqual(now.get(name), first.get(name), name);
    await stack.assertSettled();
  }
  async function scaleDown(): Promise<void> {
    await scale(few);
    await untilRunning(few);
  }

  it("get addresses of their own on each network", async (t) => {
    const began = performance.now();
    const interfaces = networks.map((name, n) => ({ name, interface: `net${n + 1}`, sticky: true }));
    await stack.apply(statefulSetManifest("kv", replicas, interfaces, { podSpec: labPodSpec }));
    first = await untilRunning(replicas);
    t.diagnostic(`all ${replicas} replicas are Ready after ${Math.round(performance.now() - began)} ms`);
    assert.deepEqual([...first.keys()].sort(), [...names].sort());
    const all = [...first.values()].flat();
    // Three networks, one of which has addresses of both families, and a MAC address each.
    assert.equal(all.length, replicas * 7);
    assert.equal(new Set(all).size, all.length, "no two have the same");
    await stack.assertSettled();
  });

  it("have them when all pods are killed", async (t) => {
    const began = performance.now();
    const killed = new Set((await pods()).map(({ metadata }) => metadata.uid));
    await stack.kubectl("delete", "pod", "--selector=app=kv", "--grace-period=0", "--force", "--wait=false");
    await stack.eventually(async () => {
      assert.ok((await pods()).every(({ metadata }) => !killed.has(metadata.uid)));
    }, patienceMs);
    await untilSame(t, began);
  });

  it(`have them when the set is scaled to ${few} and back`, async (t) => {
    await scaleDown();
    const began = performance.now();
    await scale(replicas);
    await untilSame(t, began);
  });

  it("have them when a node is drained of them", async (t) => {
    const began = performance.now();
    await stack.kubectl("drain", "n1", "--pod-selector=app=kv", "--force", "--timeout=120s");
    await untilSame(t, began);
    assert.deepEqual(new Set((await pods()).map(({ spec }) => spec.nodeName)), new Set(["n2"]));
    await stack.kubectl("uncordon", "n1");
  });

  for (const [title, count] of [
    ["a replica of the webhook is", 1],
    ["all replicas of the webhook are", undefined],
  ] as const) {
    it(`have them when ${title} killed while the set is scaled`, async (t) => {
      await scaleDown();
      const webhooks = await stack.pods("app.kubernetes.io/name=ovn4nfv-webhook", systemNamespace);
      assert.ok(webhooks.length > 1, "one replica of several is left");
      const began = performance.now();
      // The set makes its pods within a second, so that the replicas go while it is told to.
      await Promise.all([scale(replicas), ...webhooks.slice(0, count).map((webhook) => stack.killContainer(webhook))]);
      const left = replicas - (await pods()).length;
      t.diagnostic(`${left} of ${replicas} pods were not there when the replicas had been killed`);
      if (count === undefined) assert.ok(left > 0, "the set was scaled before the replicas were killed");
      await untilSame(t, began);
    });
  }

  it("leave nothing when the set is deleted", async (t) => {
    const began = performance.now();
    const after = (): string => `${Math.round(performance.now() - began)} ms`;
    await stack.kubectl("delete", "statefulset", "kv");
    t.diagnostic(`the set is gone after ${after()}`);
    await stack.eventually(async () => {
      assert.deepEqual(await pods(), []);
    }, patienceMs);
    t.diagnostic(`its pods are gone after ${after()}`);
    await stack.eventually(async () => {
      assert.equal(await stack.kubectl("get", "ipamclaims", "--output=name"), "");
    }, patienceMs);
    t.diagnostic(`its claims are gone after ${after()}`);
    await stack.assertSettled();
  });
});
