import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeChassis, projectOvnNode } from "#src/controllers/chassis/node-chassis.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const ovnNode = (name: string, version: string, status?: unknown, uid = name) => ({
  metadata: { name, uid, resourceVersion: version },
  status,
});

test("a node without a status, or with a system id that OVN would read otherwise, publishes none", () => {
  assert.deepEqual(projectOvnNode(ovnNode("n1", "1", { systemId: "c-1" })), { name: "n1", systemId: "c-1" });
  for (const status of [undefined, null, {}, { systemId: null }, { systemId: "" }, { systemId: "a,b" }, "text"]) {
    assert.equal(projectOvnNode(ovnNode("n1", "1", status)).systemId, undefined, JSON.stringify(status));
  }
});

test("nothing is concluded before the nodes were read, and each change of a chassis is told once", async (t) => {
  const client = new FakeWatchServer();
  const metrics = createMetrics();
  const chassis = new NodeChassis({ client, clock: new ManualClock(), logger: silentLogger, metrics });
  const told: string[] = [];
  chassis.onChange((node) => told.push(`${node} ${String(chassis.of(node))}`));
  await runDuring(t, (signal) => chassis.run(signal));
  assert.equal(chassis.of("n1"), undefined);
  client.watch.send("ADDED", ovnNode("n1", "1", { systemId: "c-1" }));
  client.watch.bookmark("1", true);
  await settled();
  assert.deepEqual([chassis.of("n1"), chassis.of("n2")], ["c-1", ""]);
  assert.deepEqual(told.splice(0), ["n1 c-1"], "also of the first read");
  const next = async (type: string, object: object) => {
    client.watch.send(type, object);
    await settled();
    return told.splice(0);
  };
  assert.deepEqual(await next("MODIFIED", ovnNode("n1", "2", { systemId: "c-1", mtu: 1400 })), []);
  assert.deepEqual(await next("MODIFIED", ovnNode("n1", "3", { systemId: "c-9" })), ["n1 c-9"]);
  assert.deepEqual(await next("ADDED", ovnNode("n2", "4")), []);
  assert.deepEqual(await next("MODIFIED", ovnNode("n2", "5", { systemId: "c-9" })), ["n2 c-9"]);
  assert.match(await metrics.registry.metrics(), /^ovn4nfv_nodes_with_shared_chassis 2$/m);
  assert.deepEqual(await next("DELETED", ovnNode("n1", "6", { systemId: "c-9" })), ["n1 "]);
  assert.equal(chassis.of("n1"), "");
  assert.match(await metrics.registry.metrics(), /^ovn4nfv_nodes_with_shared_chassis 0$/m);
});
