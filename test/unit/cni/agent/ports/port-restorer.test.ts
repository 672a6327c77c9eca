import assert from "node:assert/strict";
import { test } from "node:test";
import { PortRestorer, type PortRestorerParts } from "#cni/agent/ports/port-restorer.ts";
import { SandboxTurns } from "#cni/agent/pods/sandbox-turns.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import type { NewOvsPort, PortOrigin } from "#cni/plumbing/ovs-ports.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { AppError, refusal } from "#src/core/errors.ts";
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
  const swept: string[] = [];
  bridge.add = async (ports: readonly NewOvsPort[], origin: PortOrigin) => {
    for (const port of ports) added.push([port.port, origin.sandbox]);
    bridge.here.push(wiredPort);
  };
  const state = {
    isForged: false,
    cannotMark: false,
    links: new Set(["lo", hostName]),
    looks: 0,
    batches: [] as string[],
  };
  const metrics = createMetrics();
  const turns = new SandboxTurns();
  const parts: PortRestorerParts = {
    bridge,
    turns,
    pairs: {
      sweep: async (loose) => {
        swept.push(...loose.map(({ link }) => link.name));
      },
    },
    pods: { hasSynced: true, byIndex: (_, id) => (id === allocationId ? [pod] : []) },
    results: {
      verified: async () => {
        if (state.isForged) throw refusal("ForgedResult", { field: "f", value: "v", reason: "is forged", remedy: "r" });
        return { pod, allocation: allocationId, interfaces: sampleResults };
      },
    },
    run: async (commands) => {
      state.batches.push(...commands);
      if (state.cannotMark && commands[0]?.startsWith("alias ") === true)
        throw new AppError("CommandFailed", "no such link");
      return [`link ${hostName} 0a:00:00:00:00:01 1442 up 12 ${linkAlias}`];
    },
    clock: new SleeplessClock(),
    logger: silentLogger,
    metrics,
    links: async () => {
      state.looks += 1;
      return state.links;
    },
  };
  const restorer = new PortRestorer(parts);
  return { bridge, added, swept, state, turns, restorer, metrics, parts };
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

test("a link whose port another sandbox has is given up for good, and one that gets its port back is not", async () => {
  const { bridge, added, swept, restorer } = restoring(undefined, alias);
  bridge.here = [{ ...wiredPort, hostName: hostVethName("c2", "net1") }];
  await restorer.pass(signal);
  assert.deepEqual([added, swept], [[], [hostName]]);
  bridge.here = [];
  await restorer.pass(signal);
  assert.deepEqual([added, swept], [restored, [hostName]]);
});

test("links that an older agent made get their alias while their ports are there", async () => {
  const { restorer, state } = restoring();
  await restorer.pass(signal);
  await restorer.pass(signal);
  assert.deepEqual(state.batches, ["show links", `alias ${hostName} ${alias}`]);
});

test("ports come back although older links cannot be marked, and the marks are tried again", async () => {
  const { bridge, added, restorer, state } = restoring();
  state.cannotMark = true;
  assert.equal(await restorer.pass(signal), 30_000);
  bridge.here = [];
  await restorer.pass(signal);
  assert.deepEqual(added, restored);
  state.cannotMark = false;
  bridge.here = [wiredPort];
  assert.equal(await restorer.pass(signal), undefined);
  assert.equal(state.batches.at(-1), `alias ${hostName} ${alias}`);
});

test("the links of a full node are marked in batches that the program takes", async () => {
  const cniNetwork = "n".repeat(170);
  const ports = Array.from({ length: 3_000 }, (_, n) =>
    portOf(`link${n}`, Object.fromEntries([...wiredPort.ids, [interfaceKeys.cniNetwork, cniNetwork]])),
  );
  const { parts } = restoring();
  const batches: (readonly string[])[] = [];
  const run = async (commands: readonly string[]): Promise<readonly string[]> => {
    batches.push(commands);
    return ports.map(({ hostName: name }, n) => `link ${name} 0a:00:00:00:00:01 1442 up ${n + 1} -`);
  };
  const links = async () => new Set(ports.map(({ hostName: name }) => name));
  await new PortRestorer({ ...parts, bridge: new FakeBridge(ports), run, links }).pass(signal);
  const sizes = batches.map((commands) => `${commands.join("\n")}\n\n`.length);
  assert.ok(sizes.every((size) => size <= 262_144) && sizes.length > 3, String(sizes));
  assert.equal(batches.flat().filter((command) => command.startsWith("alias ")).length, 3_000);
});

test("only a change that may have taken a port looks at the kernel, and ports of other changes are remembered", async () => {
  const { bridge, added, restorer, state } = restoring();
  const stop = new AbortController();
  // Each change is handed out when the one before has been looked at.
  const changes = [
    () => undefined,
    () => bridge.here.push(wiredPort),
    () => {
      bridge.here = [];
      bridge.losses += 1;
      state.links.add(hostName);
    },
    () => {
      stop.abort();
    },
  ];
  const looks: number[] = [];
  bridge.here = [];
  state.links.delete(hostName);
  bridge.whenChanged = async () => {
    looks.push(state.looks);
    bridge.changes += 1;
    changes.shift()?.();
  };
  await restorer.run(stop.signal);
  assert.deepEqual(added, restored);
  assert.deepEqual([looks.slice(0, 3), (looks[3] ?? 0) > 1], [[1, 1, 1], true]);
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
