import assert from "node:assert/strict";
import { test } from "node:test";
import { nameSome, type NetworkOutcome, networkStatus } from "#src/controllers/networks/network-status.ts";

const pools = [{ family: "IPv4" as const, capacity: "5", used: "1" }];
const ready: NetworkOutcome = { kind: "ready", usage: { pools, strays: [] }, note: "", gateway: undefined };
const refused: NetworkOutcome = { kind: "refused", reason: "NameTaken", message: "the name is taken" };

test("equal facts are an equal status at any later time", () => {
  const first = networkStatus(ready, 1, undefined, "2026-01-01T00:00:00Z");
  assert.deepEqual(networkStatus(ready, 1, first, "2026-02-02T00:00:00Z"), first);
  assert.equal(JSON.stringify(networkStatus(ready, 1, first, "2026-02-02T00:00:00Z")), JSON.stringify(first));
});

test("a condition is dated when its status changes, not when its reason does", () => {
  const first = networkStatus(refused, 1, undefined, "2026-01-01T00:00:00Z");
  const second = networkStatus({ ...refused, reason: "SubnetOverlap" }, 2, first, "2026-02-02T00:00:00Z");
  assert.equal(second.conditions?.[0]?.lastTransitionTime, "2026-01-01T00:00:00Z");
  assert.equal(
    networkStatus(ready, 2, second, "2026-03-03T00:00:00Z").conditions?.[0]?.lastTransitionTime,
    "2026-03-03T00:00:00Z",
  );
});

test("the old word of Nodus stands beside the conditions", () => {
  const states = [ready, refused, { kind: "deleting", reason: "InUse", message: "m" } as const].map(
    (outcome) => networkStatus(outcome, 1, undefined, "t").state,
  );
  assert.deepEqual(states, ["Created", "CreateInternalError", "Deleting"]);
});

test("addresses out of range are reported with their pods", () => {
  const strays = [{ pod: "default/web-1", address: "10.1.0.6" }];
  const { conditions } = networkStatus({ ...ready, usage: { pools, strays } }, 1, undefined, "t");
  assert.equal(conditions?.[1]?.status, "False");
  assert.match(conditions[1].message, /10\.1\.0\.6 \(default\/web-1\)$/);
});

test("of many names five are shown", () => {
  assert.equal(nameSome(["a", "b"]), "a, b");
  assert.equal(nameSome(["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e and 2 more");
});

test("chassis of the way out are in the status, until there is none", () => {
  const first = networkStatus({ ...ready, gateway: ["n1", "n2"] }, 1, undefined, "t");
  assert.deepEqual(first.gatewayChassis, ["n1", "n2"]);
  assert.deepEqual(networkStatus(ready, 1, first, "t").gatewayChassis, []);
  assert.ok(!("gatewayChassis" in networkStatus(ready, 1, undefined, "t")));
});
