import assert from "node:assert/strict";
import { test } from "node:test";
import { leftOverPorts, PortSweep } from "#cni/agent/ports/sweep.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { type InterfaceResult, printResult } from "#src/api/result.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { annotationsOf, signedPod, tokenKeys } from "#test/fixtures/cni/signed-pod.ts";

const port = (hostName: string, allocation: string) => portOf(hostName, { [interfaceKeys.allocation]: allocation });
const { signal } = new AbortController();
const { result } = annotationKeys;
/** A pod whose result cannot be read, so that nothing is known of its ports. */
const plain = readPod(signedPod({ annotations: {} }));

test("a port looks left over when its link is gone, or no pod holds its allocation; others' ports never do", () => {
  const foreign = portOf("foreign", { [interfaceKeys.owner]: "somebody" });
  const ports = [port("wired", "A"), port("gone", "A"), port("unheld", "B"), foreign];
  const links = new Set(["wired", "unheld"]);
  const holders = (allocation: string) => (allocation === "A" ? [plain] : []);
  assert.deepEqual(
    [...leftOverPorts({ ports, links, holders })],
    [
      ["uuid-gone", "link-gone"],
      ["uuid-unheld", "pod-gone"],
    ],
  );
  assert.deepEqual(
    [...leftOverPorts({ ports, links, holders: undefined }).keys()],
    ["uuid-gone"],
    "while no pods are known",
  );
});

function sweeping(bridge: FakeBridge, live: readonly string[] = [], informed = plain, stored = signedPod()) {
  const held = new Set<string>();
  const sweep = new PortSweep({
    bridge: bridge,
    pods: { hasSynced: true, byIndex: (_, id) => (held.has(id) ? [informed] : []) },
    api: {
      listByLabel: async ({ labelSelector }, read) =>
        live.some((id) => labelSelector.endsWith(`=${id}`)) ? [read(stored)] : [],
    },
    keys: tokenKeys,
    run: async () => [],
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: createMetrics(),
  });
  return { sweep, held };
}

test("it takes two passes in agreement to remove a port", async () => {
  const bridge = new FakeBridge([port("ovn-none", "A")]);
  const { sweep } = sweeping(bridge);
  await sweep.pass(signal);
  assert.equal(bridge.here.length, 1);
  await sweep.pass(signal);
  assert.equal(bridge.here.length, 0);
});

test("a port whose pair is there stays when a live read finds its pod, whatever the informer says", async () => {
  // `lo` is a link that every network namespace has.
  const bridge = new FakeBridge(
    [port("lo", "A"), port("lo", "B")].map((one, index) => ({ ...one, uuid: String(index) })),
  );
  const { sweep, held } = sweeping(bridge, ["A"]);
  held.add("B");
  for (let pass = 0; pass < 3; pass++) await sweep.pass(signal);
  assert.equal(bridge.here.length, 2);
});

/** The pod whose result has these interfaces. */
const podWith = (interfaces: readonly InterfaceResult[]) =>
  signedPod({ annotations: annotationsOf(printResult(interfaces)) });
const forged = (interfaces: readonly InterfaceResult[]) =>
  signedPod({ annotations: { ...annotationsOf("[]"), [result.key]: printResult(interfaces) } });
const [net1, net2] = sampleResults as [InterfaceResult, InterfaceResult];
const named = (hostName: string, { port: name }: InterfaceResult) =>
  portOf(hostName, { [interfaceKeys.allocation]: "A", [interfaceKeys.port]: name });

test("a port looks unplugged when the pod's result lacks it, or says that it leaves; one in the result never does", () => {
  const ports = [named("wired", net1), named("leaving", net2), named("gone", { ...net2, port: "released" })];
  const pod = readPod(podWith([net1, { ...net2, leaving: true }]));
  const links = new Set(["wired", "leaving", "gone"]);
  assert.deepEqual(
    [...leftOverPorts({ ports, links, holders: () => [pod] })],
    [
      ["uuid-leaving", "unplugged"],
      ["uuid-gone", "unplugged"],
    ],
  );
  assert.deepEqual([...leftOverPorts({ ports, links, holders: () => [pod, plain] })], [], "one pod may have them");
});

test("an unplugged port goes after two passes, and stays while the stored result has it again, or is forged", async () => {
  for (const [stored, left] of [
    [podWith([net2]), 0],
    [podWith([net1]), 1],
    [forged([net2]), 1],
  ] as const) {
    // `lo` is a link that every network namespace has.
    const bridge = new FakeBridge([named("lo", net1)]);
    const { sweep, held } = sweeping(bridge, ["A"], readPod(podWith([net2])), stored);
    held.add("A");
    await sweep.pass(signal);
    assert.equal(bridge.here.length, 1);
    await sweep.pass(signal);
    assert.equal(bridge.here.length, left);
  }
});
