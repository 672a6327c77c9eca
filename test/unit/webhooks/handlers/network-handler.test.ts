import assert from "node:assert/strict";
import { test } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { reviewRequest } from "#test/fixtures/webhooks/review-request.ts";
import { createNetworkHandler } from "#webhooks/handlers/network-handler.ts";

const network = (name: string, subnet: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, namespace: "default", ...metadata },
  spec: { cniType: "ovn4nfv", ipv4Subnets: [{ subnet }], ...spec },
});
const context = { signal: new AbortController().signal, deadlineMs: 1_000 };

const fixture = new NbFixture();
fixture.addSwitch("vms", "10.9.0.0/24", { "adoptable-by": "default,telco" });
fixture.addSwitch("closed", "10.9.0.0/24", { "allowed-namespaces": "default" });
const stored = [
  {
    kind: "Network",
    namespace: "default",
    name: "blue",
    uid: "u-blue",
    deleting: false,
    object: network("blue", "10.1.0.0/24"),
  },
  {
    kind: "Network",
    namespace: "default",
    name: "alone",
    uid: "u-alone",
    deleting: false,
    object: network("alone", "10.2.0.0/24", { isolated: true }),
  },
  {
    kind: "Network",
    namespace: "default",
    name: "broken",
    uid: "u-broken",
    deleting: false,
    object: network("broken", "nonsense"),
  },
] as const;
const handler = createNetworkHandler({ index: fixture.index, stored: () => stored });

async function told(object: object, changes: Parameters<typeof reviewRequest>[2] = {}): Promise<string> {
  const answer = await handler(reviewRequest("Network", object, changes), context);
  return answer.allowed ? `allowed ${(answer.warnings ?? []).join()}`.trim() : answer.error.message;
}

test("a Network like no other is admitted", async () => {
  assert.equal(await told(network("green", "10.3.0.0/24")), "allowed");
});

test("a Network that lets in another is admitted before that one is there, with a warning", async () => {
  const reachableFrom = { networks: ["blue", "later"] };
  const text = await told(network("green", "10.3.0.0/24", { reachableFrom }));
  assert.equal(text, "allowed there is no Network later yet, which spec.reachableFrom.networks names");
});

test("a fault that the CRD cannot see is refused with its field", async () => {
  const wrong = network("green", "10.3.0.0/24", { ipv4Subnets: [{ subnet: "10.3.0.0/24", excludeIps: "abc" }] });
  assert.match(await told(wrong), /^Malformed: spec.ipv4Subnets\[0\].excludeIps "abc"/);
});

test("a prefix that another Network has on the router is refused; isolated ones do not meet there", async () => {
  assert.match(await told(network("green", "10.1.0.128/25")), /overlaps 10.1.0.0\/24 of the Network default\/blue/);
  assert.equal(await told(network("green", "10.1.0.128/25", { isolated: true })), "allowed");
  assert.equal(await told(network("green", "10.2.0.0/25")), "allowed");
});

test("a name of another namespace's Network, and of somebody else's switch, is refused", async () => {
  const elsewhere = network("blue", "10.3.0.0/24", {}, { namespace: "other" });
  assert.match(await told(elsewhere, { namespace: "other" }), /is the name of a Network of the namespace default/);
  assert.match(await told(network("vms", "10.9.0.0/24")), /logical switch that is there already/);
  assert.equal(await told(network("vms", "10.9.0.0/24", { adopt: true })), "allowed");
  assert.match(await told(network("soon", "10.9.0.0/24", { adopt: true })), /^allowed there is no logical switch soon/);
});

test("a switch is adopted only from a namespace that its maker names", async () => {
  const closed = network("closed", "10.9.0.0/24", { adopt: true });
  const why = /^NotAllowed: spec.adopt "closed" .*does not let Networks of the namespace default adopt it/;
  assert.match(await told(closed), why);
  assert.ok((await told(closed)).includes(externalId("adoptable-by")));
  const elsewhere = network("vms", "10.9.0.0/24", { adopt: true }, { namespace: "other" });
  assert.match(await told(elsewhere, { namespace: "other" }), /of the namespace other adopt it/);
});

test("a change is not compared with what it changes", async () => {
  assert.equal(
    await told(network("blue", "10.1.0.0/24", { mtu: 1400 }), { operation: "UPDATE", name: "blue" }),
    "allowed",
  );
});

test("of two Networks that were let in together, each can be marked and labelled, and neither changed while they clash", async () => {
  const twin = network("twin", "10.1.0.0/24");
  const update = { operation: "UPDATE", name: "twin", oldObject: twin } as const;
  assert.equal(await told({ ...twin, metadata: { ...twin.metadata, finalizers: ["f"] } }, update), "allowed");
  assert.match(await told(network("twin", "10.1.0.0/24", { mtu: 1400 }), update), /^AddressReserved: .* overlaps/);
});

test("what is on its way out is let go, whatever is wrong with it", async () => {
  const going = network("green", "nonsense", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.equal(await told(going, { operation: "UPDATE" }), "allowed");
});

test("an added subnet is warned of, since pods that exist have no route to it", async () => {
  const oldObject = network("blue", "10.1.0.0/24");
  const enlarged = network("blue", "", { ipv4Subnets: [{ subnet: "10.1.0.0/24" }, { subnet: "10.4.0.0/24" }] });
  const changes = { operation: "UPDATE", name: "blue", oldObject } as const;
  assert.match(
    await told(enlarged, changes),
    /^allowed pods that exist already get no route to 10\.4\.0\.0\/24: create/,
  );
  assert.equal(await told({ ...oldObject, metadata: { ...oldObject.metadata, labels: {} } }, changes), "allowed");
});
