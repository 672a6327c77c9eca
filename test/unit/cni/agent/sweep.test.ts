import assert from "node:assert/strict";
import { test } from "node:test";
import { leftOverPorts, PortSweep } from "#cni/agent/sweep.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { signedPod } from "#test/fixtures/cni/signed-pod.ts";

const port = (hostName: string, allocation: string) => portOf(hostName, { [interfaceKeys.allocation]: allocation });
const { signal } = new AbortController();

test("a port looks left over when its link is gone, or no pod holds its allocation; others' ports never do", () => {
  const foreign = portOf("foreign", { [interfaceKeys.owner]: "somebody" });
  const ports = [port("wired", "A"), port("gone", "A"), port("unheld", "B"), foreign];
  const links = new Set(["wired", "unheld"]);
  const isHeld = (allocation: string) => allocation === "A";
  assert.deepEqual(
    [...leftOverPorts({ ports, links, isHeld })],
    [
      ["uuid-gone", "link-gone"],
      ["uuid-unheld", "pod-gone"],
    ],
  );
  assert.deepEqual(
    [...leftOverPorts({ ports, links, isHeld: undefined }).keys()],
    ["uuid-gone"],
    "while no pods are known",
  );
});

function sweeping(bridge: FakeBridge, live: readonly string[] = []) {
  const held = new Set<string>();
  const sweep = new PortSweep({
    bridge: bridge,
    pods: { hasSynced: true, byIndex: (_, id) => (held.has(id) ? [readPod(signedPod())] : []) },
    api: {
      listByLabel: async ({ labelSelector }, read) =>
        live.some((id) => labelSelector.endsWith(`=${id}`)) ? [read(signedPod())] : [],
    },
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
