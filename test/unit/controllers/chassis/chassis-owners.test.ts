// test/e2e/networks/fail-over.test.ts proves a claim by a real Southbound database.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ChassisOwners, claimantOf } from "#src/controllers/chassis/chassis-owners.ts";
import { NodeChassis } from "#src/controllers/chassis/node-chassis.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const ovnNode = (name: string, version: string, systemId: string) => ({
  metadata: { name, uid: name, resourceVersion: version },
  status: { systemId },
});

/** The owners of the chassis of these nodes, without a Southbound database. */
async function running(t: TestContext, ...first: readonly object[]) {
  const client = new FakeWatchServer();
  const parts = { client, clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const published = new NodeChassis(parts);
  const events: string[] = [];
  const owners = new ChassisOwners({
    ...parts,
    published,
    sb: undefined,
    events: { record: ({ subject, reason }) => events.push(`${subject.name} ${reason}`) },
  });
  const told: string[] = [];
  owners.onChange((node) => told.push(node));
  await runDuring(t, (signal) => published.run(signal));
  for (const object of first) client.watch.send("ADDED", object);
  client.watch.bookmark("2", true);
  await settled();
  await runDuring(t, (signal) => owners.run(signal));
  const send = async (type: string, object: object): Promise<void> => {
    client.watch.send(type, object);
    await settled();
  };
  return { owners, events, told, send };
}

test("who publishes a chassis that another node has already gets neither its fail-over nor its gateway", async (t) => {
  const { owners, events, told, send } = await running(t, ovnNode("n1", "1", "c1"), ovnNode("n9", "2", "c9"));
  assert.equal(owners.nodeOf("c1"), "n1");
  told.length = 0;
  await send("MODIFIED", ovnNode("n9", "3", "c1"));
  assert.deepEqual([owners.nodeOf("c1"), owners.isRefuted("n9"), owners.isRefuted("n1")], ["n1", true, false]);
  assert.deepEqual(events, ["n9 ChassisOfAnother"]);
  assert.ok(told.includes("n9"));
  assert.deepEqual(owners.disputed(["c1"]), []);
  await send("MODIFIED", ovnNode("n9", "4", "c9"));
  assert.deepEqual([owners.nodeOf("c9"), owners.isRefuted("n9"), events.length], ["n9", false, 1]);
  await send("MODIFIED", ovnNode("n9", "5", "c1"));
  assert.deepEqual(events, ["n9 ChassisOfAnother", "n9 ChassisOfAnother"], "the next claim is told again");
});

test("of two that published a chassis before anybody looked, nobody can say whose it is", async (t) => {
  const { owners, events, send } = await running(t, ovnNode("n1", "1", "c1"), ovnNode("n9", "2", "c1"));
  assert.deepEqual([owners.nodeOf("c1"), owners.isRefuted("n9")], [undefined, false]);
  assert.deepEqual(owners.disputed(["c1", "c2"]), ["n1", "n9"]);
  assert.deepEqual(events, ["n1 ChassisDisputed", "n9 ChassisDisputed"]);
  await send("DELETED", ovnNode("n9", "3", "c1"));
  assert.deepEqual([owners.nodeOf("c1"), owners.disputed(["c1"])], ["n1", []]);
});

test("a node that leaves its chassis to others does not get it back by having been the first", async (t) => {
  const { owners, send } = await running(t, ovnNode("n1", "1", "c1"));
  await send("ADDED", ovnNode("n2", "3", "c1"));
  await send("ADDED", ovnNode("n3", "4", "c1"));
  assert.equal(owners.nodeOf("c1"), "n1");
  await send("DELETED", ovnNode("n1", "5", "c1"));
  assert.equal(owners.nodeOf("c1"), undefined, "either of both may have come before");
  await send("DELETED", ovnNode("n2", "6", "c1"));
  assert.equal(owners.nodeOf("c1"), "n3");
  await send("ADDED", ovnNode("n1", "7", "c1"));
  assert.equal(owners.nodeOf("c1"), "n3");
});

test("an owner that publishes nothing for a moment does not lose its chassis to who took it", async (t) => {
  const { owners, send } = await running(t, ovnNode("n1", "1", "c1"), ovnNode("n9", "2", "c9"));
  await send("MODIFIED", ovnNode("n9", "3", "c1"));
  await send("MODIFIED", { ...ovnNode("n1", "4", "c1"), status: {} });
  await send("MODIFIED", ovnNode("n1", "5", "c1"));
  assert.deepEqual([owners.nodeOf("c1"), owners.isRefuted("n9"), owners.isRefuted("n1")], ["n1", true, false]);
  await send("ADDED", ovnNode("n2", "6", "c1"));
  await send("MODIFIED", { ...ovnNode("n1", "7", "c1"), status: {} });
  assert.equal(owners.nodeOf("c1"), undefined, "either of both may have come before");
  await send("MODIFIED", ovnNode("n1", "8", "c1"));
  assert.equal(owners.nodeOf("c1"), "n1");
});

test("where the former owner has left a chassis, who has it now is the owner before others that come", async (t) => {
  const { owners, send } = await running(t, ovnNode("n1", "1", "c1"));
  await send("ADDED", ovnNode("n2", "3", "c1"));
  await send("MODIFIED", ovnNode("n1", "4", "c5"));
  assert.equal(owners.nodeOf("c1"), "n2");
  await send("ADDED", ovnNode("n9", "5", "c1"));
  assert.equal(owners.nodeOf("c1"), "n2");
});

test("a Node is known by its host names and internal addresses", () => {
  const addresses = [
    { type: "InternalIP", address: "192.0.2.1" },
    { type: "Hostname", address: "host-1" },
    { type: "ExternalIP", address: "203.0.113.1" },
  ];
  const metadata = { name: "n1", uid: "n1", resourceVersion: "1", labels: { "kubernetes.io/hostname": "h1" } };
  assert.deepEqual(claimantOf({ metadata, status: { addresses } }), {
    node: "n1",
    hostnames: ["h1", "host-1"],
    addresses: ["192.0.2.1"],
  });
  const bare = { metadata: { name: "n2", uid: "n2", resourceVersion: "1" }, status: { addresses: "none" } };
  assert.deepEqual(claimantOf(bare), { node: "n2", hostnames: [], addresses: [] });
});
