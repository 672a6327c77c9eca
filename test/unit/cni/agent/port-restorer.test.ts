import assert from "node:assert/strict";
import { test } from "node:test";
import { PortRestorer } from "#cni/agent/port-restorer.ts";
import { SandboxTurns } from "#cni/agent/sandbox-turns.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import type { NewOvsPort, PortOrigin } from "#cni/plumbing/ovs-ports.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { refusal } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const { signal } = new AbortController();
const hostName = hostVethName("c1", "net1");
const alias = `ovn4nfv/${allocationId}/c1/net1/net1/ovn4nfv`;
const wiredPort = portOf(hostName, {
  [interfaceKeys.port]: sampleResults[0]?.port ?? "",
  [interfaceKeys.allocation]: allocationId,
  [interfaceKeys.sandbox]: "c1",
  [interfaceKeys.interface]: "net1",
  [interfaceKeys.attachment]: "net1",
  [interfaceKeys.cniNetwork]: "ovn4nfv",
});

/** A clock on which every sleep is over at once. */
class SleeplessClock extends ManualClock {
  override async sleep(): Promise<void> {}
}

function restoring(pod: PodMetadata = readPod(signedPod()), linkAlias = "-") {
  const bridge = new FakeBridge([wiredPort]);
  const added: (readonly [string, string])[] = [];
  bridge.add = async (ports: readonly NewOvsPort[], origin: PortOrigin) => {
    for (const port of ports) added.push([port.port, origin.sandbox]);
    bridge.here.push(wiredPort);
  };
  const state = { isForged: false, links: new Set(["lo", hostName]), batches: [] as string[] };
  const metrics = createMetrics();
  const turns = new SandboxTurns();
  const restorer = new PortRestorer({
    bridge,
    turns,
    pods: { hasSynced: true, byIndex: (_, id) => (id === allocationId ? [pod] : []) },
    results: {
      verified: async () => {
        if (state.isForged) throw refusal("ForgedResult", { field: "f", value: "v", reason: "is forged", remedy: "r" });
        return { pod, allocation: allocationId, interfaces: sampleResults };
      },
    },
    run: async (commands) => {
      state.batches.push(...commands);
      return [`link ${hostName} 0a:00:00:00:00:01 1442 up 12 ${linkAlias}`];
    },
    clock: new SleeplessClock(),
    logger: silentLogger,
    metrics,
    links: async () => state.links,
  });
  return { bridge, added, state, turns, restorer, metrics };
}
const restored = [[sampleResults[0]?.port ?? "", "c1"]];

test("a port that was deleted by hand comes back (its pod was cut off for ever), and is counted", async () => {
  const { bridge, added, restorer, metrics } = restoring();
  await restorer.pass(signal);
  bridge.here = [];
  await restorer.pass(signal);
  assert.deepEqual(added, restored);
  assert.match(await metrics.registry.metrics(), /ovn4nfv_agent_restored_ports_total 1/);
});

test("after a restart of the agent the alias of the link says what it was made for", async () => {
  const { bridge, added, restorer } = restoring(undefined, alias);
  bridge.here = [];
  await restorer.pass(signal);
  assert.deepEqual(added, restored);
  const unknown = restoring();
  unknown.bridge.here = [];
  await unknown.restorer.pass(signal);
  assert.deepEqual(unknown.added, [], "without alias and memory the sandbox is not known");
});

test("links that an older agent made get their alias while their ports are there", async () => {
  const { restorer, state } = restoring();
  await restorer.pass(signal);
  await restorer.pass(signal);
  assert.deepEqual(state.batches, ["show", `alias ${hostName} ${alias}`]);
});

test("a port that the agent itself took off, or whose link is gone, stays away", async () => {
  const { bridge, added, restorer, state } = restoring(undefined, alias);
  bridge.here = [];
  bridge.removed.add(hostName);
  await restorer.pass(signal);
  bridge.removed.clear();
  state.links.delete(hostName);
  await restorer.pass(signal);
  assert.deepEqual(added, []);
});

test("a pod that is being deleted, has ended, or has a forged result gets no port back", async () => {
  const leaving = readPod(signedPod({ deletionTimestamp: "2026-01-01T00:00:00Z" }));
  const ended = readPod(signedPod({}, { status: { phase: "Failed" } }));
  for (const pod of [leaving, ended]) {
    const { bridge, added, restorer } = restoring(pod, alias);
    bridge.here = [];
    await restorer.pass(signal);
    assert.deepEqual(added, []);
  }
  const { bridge, added, restorer, state } = restoring(undefined, alias);
  bridge.here = [];
  state.isForged = true;
  await restorer.pass(signal);
  assert.deepEqual(added, []);
});

test("a call of the sandbox that runs is waited for, and a DEL among them wins", async () => {
  const { bridge, added, restorer, state, turns } = restoring(undefined, alias);
  bridge.here = [];
  const del = Promise.withResolvers<undefined>();
  const running = turns.run("c1", () => del.promise);
  const passing = restorer.pass(signal);
  state.links.delete(hostName);
  del.resolve(undefined);
  await Promise.all([running, passing]);
  assert.deepEqual(added, []);
});
