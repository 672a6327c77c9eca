import assert from "node:assert/strict";
import { test } from "node:test";
import { runPlacementController } from "#src/controllers/placement/placement-controller.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const pod = (version: string, message: string) => ({
  metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: version },
  spec: { nodeSelector: { "provider.k8s.plugin.opnfv.org/lan": "ready" } },
  status: { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }] },
});

test("a pod that waits for a wire gets an Event once, and another one when the nodes that carry it change", async (t) => {
  const client = new FakeWatchServer();
  const clock = new ManualClock();
  const told: string[] = [];
  let carriers: readonly string[] = [];
  const listeners: (() => void)[] = [];
  await runDuring(t, (signal) =>
    runPlacementController(
      {
        client,
        wires: {
          hasSynced: true,
          whenSynced: () => Promise.resolve(),
          onChange: (listener) => void listeners.push(listener),
          nodes: () =>
            carriers.map((name) => ({
              name,
              labels: {},
              wires: new Map([["lan", { interface: "eth1", ready: true, reason: "Connected", message: "" }]]),
            })),
        },
        record: ({ reason, message }) => void told.push(`${reason} ${message}`),
        clock,
        logger: silentLogger,
        metrics: createMetrics(),
      },
      signal,
    ),
  );
  assert.equal(client.watch.request.query?.["fieldSelector"], "spec.nodeName=,status.phase=Pending");
  const later = async () => {
    await settled();
    await clock.advance(1_000);
    await settled();
    return told.splice(0);
  };
  client.watch.send("ADDED", pod("1", "0/1 nodes"));
  client.watch.bookmark("1", true);
  assert.deepEqual(await later(), ["WaitsForWire The pod waits for a node with the wire lan, and no node carries it."]);
  client.watch.send("MODIFIED", pod("2", "0/2 nodes"));
  for (const listener of listeners) listener();
  assert.deepEqual(await later(), [], "the same is not told again");
  carriers = ["n1"];
  for (const listener of listeners) listener();
  for (const listener of listeners) listener();
  const [first, ...more] = await later();
  assert.match(first ?? "", /Nodes that carry it: n1;/);
  assert.deepEqual(more, []);
});
