import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameStatus, nameSome, newsIn } from "#src/controllers/conditions/conditions.ts";
import { type NetworkOutcome, networkStatus } from "#src/controllers/networks/network-status.ts";

import { type NetworkStatus, networkStatusSchema } from "#src/api/network/network-schema.ts";

const pools = [{ family: "IPv4" as const, capacity: "5", used: "1" }];
const usage = { pools, strays: [], full: [], subnets: [{ subnet: "10.1.0.0/29" }], unrouted: new Map() };
const ready: NetworkOutcome = { kind: "ready", reason: "Created", usage, note: "", gateway: undefined };
const refused: NetworkOutcome = { kind: "refused", reason: "NameTaken", message: "the name is taken" };
const spec = { ipv4Subnets: [{ subnet: "10.1.0.0/29" }] };

function statusOf(outcome: NetworkOutcome, generation: number, before: NetworkStatus | undefined, now: string) {
  const object = { metadata: { name: "blue", uid: "u1", resourceVersion: "1" }, spec };
  return networkStatus(outcome, { generation, status: before, object }, now);
}

const conditionOf = (status: NetworkStatus, type: string) => status.conditions?.find((one) => one.type === type);

test("equal facts are an equal status at any later time", () => {
  const first = statusOf(ready, 1, undefined, "2026-01-01T00:00:00Z");
  assert.deepEqual(statusOf(ready, 1, first, "2026-02-02T00:00:00Z"), first);
  assert.equal(JSON.stringify(statusOf(ready, 1, first, "2026-02-02T00:00:00Z")), JSON.stringify(first));
});

test("a status that was stored is the same as the one that equal facts make", () => {
  const first = statusOf({ ...ready, gateway: ["n1"] }, 1, undefined, "2026-01-01T00:00:00Z");
  const stored = networkStatusSchema.parse(JSON.parse(JSON.stringify(first)));
  const again = statusOf({ ...ready, gateway: ["n1"] }, 1, stored, "2026-02-02T00:00:00Z");
  assert.equal(isSameStatus(networkStatusSchema, again, stored), true);
  assert.equal(isSameStatus(networkStatusSchema, { ...again, observedGeneration: 2 }, stored), false);
  assert.equal(isSameStatus(networkStatusSchema, again, undefined), false);
});

test("a condition is dated when its status changes, not when its reason does", () => {
  const first = statusOf(refused, 1, undefined, "2026-01-01T00:00:00Z");
  const second = statusOf({ ...refused, reason: "SubnetOverlap" }, 2, first, "2026-02-02T00:00:00Z");
  assert.equal(second.conditions?.[0]?.lastTransitionTime, "2026-01-01T00:00:00Z");
  assert.equal(
    statusOf(ready, 2, second, "2026-03-03T00:00:00Z").conditions?.[0]?.lastTransitionTime,
    "2026-03-03T00:00:00Z",
  );
});

test("the old word of Nodus stands beside the conditions", () => {
  const states = [ready, refused, { kind: "deleting", reason: "InUse", message: "m" } as const].map(
    (outcome) => statusOf(outcome, 1, undefined, "t").state,
  );
  assert.deepEqual(states, ["Created", "CreateInternalError", "Deleting"]);
});

test("addresses out of range are reported with their pods", () => {
  const strays = [{ pod: "default/web-1", address: "10.1.0.6" }];
  const status = statusOf({ ...ready, usage: { ...usage, strays } }, 1, undefined, "t");
  assert.equal(conditionOf(status, "AddressesInRange")?.status, "False");
  assert.match(conditionOf(status, "AddressesInRange")?.message ?? "", /10\.1\.0\.6 \(default\/web-1\)$/);
});

test("of many names five are shown", () => {
  assert.equal(nameSome(["a", "b"]), "a, b");
  assert.equal(nameSome(["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e and 2 more");
});

test("chassis of the way out are in the status, until there is none", () => {
  const first = statusOf({ ...ready, gateway: ["n1", "n2"] }, 1, undefined, "t");
  assert.deepEqual(first.gatewayChassis, ["n1", "n2"]);
  assert.deepEqual(statusOf(ready, 1, first, "t").gatewayChassis, []);
  assert.ok(!("gatewayChassis" in statusOf(ready, 1, undefined, "t")));
});

test("a full pool is a condition that says what to do, and news when it comes and when it goes", () => {
  const first = statusOf(ready, 1, undefined, "t");
  assert.deepEqual(
    newsIn(first, undefined).map(({ type }) => type),
    ["Ready"],
  );
  const full = statusOf({ ...ready, usage: { ...usage, full: [{ ...pools[0], used: "5" } as never] } }, 1, first, "t");
  const [news, ...more] = newsIn(full, first);
  assert.deepEqual([news?.type, news?.status, news?.reason, more], ["AddressesFree", "False", "PoolExhausted", []]);
  assert.match(news?.message ?? "", /^all 5 IPv4 addresses are held.*docs\/guides\/full-network.md/);
  assert.deepEqual(
    newsIn(statusOf(ready, 1, full, "t"), full).map(({ reason }) => reason),
    ["Free"],
  );
});

test("a full pool of a name is told by its name, with another remedy", () => {
  const full = [{ ...pools[0], name: "front", used: "5" } as never];
  const status = statusOf({ ...ready, usage: { ...usage, full } }, 1, undefined, "t");
  const { message } = conditionOf(status, "AddressesFree") ?? {};
  assert.match(message ?? "", /^all 5 IPv4 addresses of the pool front are held.*docs\/pools.md/);
});

test("pods without a route to a later subnet are named", () => {
  const unrouted = new Map([["10.2.0.0/24", ["default/a", "default/b"]]]);
  const status = statusOf({ ...ready, usage: { ...usage, unrouted } }, 2, statusOf(ready, 1, undefined, "t"), "t");
  assert.equal(conditionOf(status, "RoutesComplete")?.status, "False");
  assert.match(
    conditionOf(status, "RoutesComplete")?.message ?? "",
    /created again: 10\.2\.0\.0\/24: default\/a, default\/b$/,
  );
});

test("a Network that waits for its uplink is not ready, and is there all the same", () => {
  const note = "source NAT waits for an uplink: set --uplink-network";
  const { state, conditions } = statusOf({ ...ready, reason: "WaitsForUplink", note }, 1, undefined, "t");
  assert.equal(state, "Created");
  assert.deepEqual([conditions?.[0]?.status, conditions?.[0]?.message], ["False", note]);
});
