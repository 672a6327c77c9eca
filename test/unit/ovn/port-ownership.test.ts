import assert from "node:assert/strict";
import { test } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";

const ids = (entries: Readonly<Record<string, string>>) =>
  new Map(Object.entries(entries).map(([key, value]) => [externalId(key as "owner"), value]));

test("a port of ours names its pod; without a UID it is a reservation", () => {
  assert.deepEqual(portOwner(ids({ owner: "ovn4nfv", allocation: "A", namespace: "n", pod: "p" })), {
    allocation: "A",
    namespace: "n",
    pod: "p",
    podUid: "",
    cluster: "",
  });
});

test("somebody else's port has no owner, whatever else it carries", () => {
  assert.equal(portOwner(ids({ owner: "other", allocation: "A" })), undefined);
  assert.equal(portOwner(ids({ allocation: "A" })), undefined);
});

test("our own port to a router is no reservation", () => {
  assert.equal(portOwner(ids({ owner: "ovn4nfv", row: "u1/stor-blue" })), undefined);
});
