import assert from "node:assert/strict";
import { test } from "node:test";
import { uplinkStatusSchema } from "#src/api/uplink/uplink-schema.ts";
import { isSameStatus } from "#src/controllers/conditions/conditions.ts";
import { projectUplink, type UplinkObject } from "#src/controllers/uplinks/uplink-object.ts";
import { redundancyOfPair, uplinkStatus } from "#src/controllers/uplinks/uplink-status.ts";
import { compareAge } from "#src/kube/client/object-life.ts";

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

test("a pair whose chassis nobody can tell the owner of is not redundant, and neither is one without the database", () => {
  const reason = (out: string | undefined, seesChassis: boolean, disputed: readonly string[]) => {
    const { status, reason: why } = redundancyOfPair(["c1", "c2"], out, { seesChassis, disputed });
    return `${status} ${why}`;
  };
  assert.equal(reason(undefined, true, []), "True BothMembers");
  assert.equal(reason(undefined, true, ["n1", "n9"]), "False ChassisDisputed");
  assert.equal(reason("c1", true, ["n1", "n9"]), "False MemberOut");
  assert.equal(reason(undefined, false, ["n1", "n9"]), "False NoSouthbound");
});

test("a status that was stored is the same as the one that equal facts make", () => {
  const first = uplinkStatus(made, object("west", now), now);
  const west = object("west", now, JSON.parse(JSON.stringify(first)) as object);
  assert.ok(isSameStatus(uplinkStatusSchema, uplinkStatus(made, west, "2026-02-01T00:00:00.000Z"), west.status));
});

test("of two Uplinks the one that was made first is the older one, and of one second the first by UID", () => {
  const [a, b, c] = [
    object("a", "2026-01-02T00:00:00Z"),
    object("b", "2026-01-01T00:00:00Z"),
    object("c", "2026-01-02T00:00:00Z"),
  ];
  const isOlder = (one: UplinkObject, other: UplinkObject) => compareAge(one, other) < 0;
  assert.deepEqual([isOlder(b, a), isOlder(a, b), isOlder(a, c), isOlder(c, a)], [true, false, true, false]);
});
