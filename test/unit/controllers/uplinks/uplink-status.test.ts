import assert from "node:assert/strict";
import { test } from "node:test";
import { isOlderUplink, projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import { uplinkStatus } from "#src/controllers/uplinks/uplink-status.ts";

const now = "2026-01-01T00:00:00.000Z";
const object = (name: string, creationTimestamp: string, status?: object) =>
  projectUplink({
    metadata: { name, uid: name, resourceVersion: "1", generation: 3, creationTimestamp },
    spec: {},
    ...(status === undefined ? {} : { status }),
  });
const made = {
  kind: "made",
  reason: "Created",
  message: "",
  addresses: ["198.51.100.10/24"],
  joinAddresses: ["100.64.0.3"],
  chassis: ["n1", "n2"],
} as const;

test("equal facts give an equal status", () => {
  const first = uplinkStatus(made, object("west", now), now);
  assert.deepEqual(uplinkStatus(made, object("west", now, first), "2026-02-01T00:00:00.000Z"), first);
  assert.equal(first.observedGeneration, 3);
  assert.deepEqual(first.columns, { addresses: "198.51.100.10/24", chassis: "n1 n2" });
});

test("an uplink that is refused keeps what the status says about its rows, which stay", () => {
  const first = uplinkStatus(made, object("west", now), now);
  const refused = { kind: "refused", reason: "AddressInUse", message: "why" } as const;
  const second = uplinkStatus(refused, object("west", now, first), now);
  assert.deepEqual(second.gatewayChassis, ["n1", "n2"]);
  assert.equal(second.conditions?.[0]?.status, "False");
});

test("of two Uplinks the one that was made first is the older one, and of one second the first by name", () => {
  const [a, b, c] = [
    object("a", "2026-01-02T00:00:00Z"),
    object("b", "2026-01-01T00:00:00Z"),
    object("c", "2026-01-02T00:00:00Z"),
  ];
  assert.deepEqual(
    [isOlderUplink(b, a), isOlderUplink(a, b), isOlderUplink(a, c), isOlderUplink(c, a)],
    [true, false, true, false],
  );
});
