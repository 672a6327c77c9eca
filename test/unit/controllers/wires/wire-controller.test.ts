import assert from "node:assert/strict";
import { test } from "node:test";
import { WireController } from "#src/controllers/wires/wire-controller.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const lan = "provider.k8s.plugin.opnfv.org/lan";
const node = (version: string, labels: object) => ({
  metadata: { name: "n1", uid: "uid-n1", resourceVersion: version, labels },
});
const ovnNode = (version: string, status: "True" | "False") => ({
  metadata: { name: "n1", uid: "uid-o1", resourceVersion: version },
  status: { wires: [{ physicalNetwork: "lan", interface: "eth1", conditions: [{ type: "Ready", status }] }] },
});

test("a node gets the label of a wire through its status, and loses it on its agent's word", async (t) => {
  const client = new FakeWatchServer();
  client.list = () => ({});
  const wires = new WireController({
    client,
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: createMetrics(),
  });
  let told = 0;
  wires.onChange(() => (told += 1));
  await runDuring(t, (signal) => wires.run(signal));
  const watchOf = (plural: string) =>
    client.watches.find(({ request }) => request.path.endsWith(`/${plural}`)) ?? assert.fail(plural);
  const patches = async () => {
    await settled();
    return client.lists.splice(0).map(({ method, path, body }) => ({ method, path, body }));
  };
  watchOf("nodes").send("ADDED", node("1", { role: "edge" }));
  watchOf("nodes").bookmark("1", true);
  watchOf("ovnnodes").bookmark("1", true);
  assert.deepEqual(await patches(), [], "nothing is concluded while the agent has said nothing");

  watchOf("ovnnodes").send("ADDED", ovnNode("2", "True"));
  const path = "/api/v1/nodes/n1/status";
  const body = { metadata: { uid: "uid-n1", labels: { [lan]: "ready" } } };
  assert.deepEqual(await patches(), [{ method: "PATCH", path, body }]);
  watchOf("nodes").send("MODIFIED", node("3", { role: "edge", [lan]: "ready" }));
  assert.deepEqual(await patches(), [], "the label is there");
  assert.deepEqual(
    wires.nodes().map(({ name, wires: carried }) => [name, [...carried.keys()]]),
    [["n1", ["lan"]]],
  );

  const before = told;
  watchOf("nodes").send("MODIFIED", node("4", { role: "edge", [lan]: "ready" }));
  await settled();
  assert.equal(told, before, "a node that says the same is no news");
  watchOf("ovnnodes").send("MODIFIED", ovnNode("5", "False"));
  const without = { metadata: { uid: "uid-n1", labels: { [lan]: null } } };
  assert.deepEqual(await patches(), [{ method: "PATCH", path, body: without }]);
});
