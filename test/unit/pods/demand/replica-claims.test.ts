import assert from "node:assert/strict";
import { test } from "node:test";
import { claimOfReplica, replicaForAddresses } from "#src/pods/demand/replica-claims.ts";

const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "u" };
const sticky = { field: "interface[0].sticky", network: "blue-net", whenScaled: "Delete" } as const;
const claimOf = (name: string | undefined, controller: typeof owner | undefined) =>
  claimOfReplica({ name, controller }, { sticky, network: "blue" }, "net1");

test("the claim of a replica has its name from pod, network and interface, and what the controller makes it of", () => {
  assert.deepEqual(claimOf("db-2", owner), {
    field: "interface[0].sticky",
    name: "db-2.blue.net1",
    network: "blue-net",
    addresses: [],
    sticky: { set: "db", uid: "u", network: "blue-net", interface: "net1", whenScaled: "Delete" },
  });
  assert.equal(claimOfReplica({ name: undefined, controller: undefined }, { network: "blue" }, "net1"), undefined);
});

test("a pod that is no replica is refused with the reason and the cure", () => {
  assert.throws(
    () => claimOf("web-0", undefined),
    /ReplicaInvalid: interface\[0\]\.sticky true is for pods of a StatefulSet, and no workload controls this one; use a StatefulSet, or name a claim that you make/,
  );
  assert.throws(
    () => claimOf(undefined, { ...owner, kind: "ReplicaSet", name: "web-5d" }),
    /those of the ReplicaSet web-5d have no names that stay/,
  );
  assert.throws(() => claimOf("other-0", owner), /"other-0" is no name of a pod of the StatefulSet db/);
  assert.throws(
    () => claimOf("db-0", { ...owner, apiVersion: "apps.kruise.io/v1beta1" }),
    /the StatefulSet db is one of apps\.kruise\.io\/v1beta1/,
  );
  assert.throws(
    () => replicaForAddresses({ name: "web", controller: undefined }, "interface[0].ordinalAddresses"),
    /interface\[0\]\.ordinalAddresses is for pods .*; use a StatefulSet, or ask with ipAddress/,
  );
});
