import assert from "node:assert/strict";
import { test } from "node:test";
import { isInRange, readReplicaRange } from "#src/api/pod/replica-range.ts";
import { replicaOf } from "#src/api/pod/set-replica.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";

const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "u" };

test("a pod is a replica when a StatefulSet controls it and gave it its name", () => {
  assert.deepEqual(replicaOf("db-12", owner), { set: "db", setUid: "u", ordinal: 12, name: "db-12" });
  for (const name of [undefined, "db-", "db-01", "db-x", "web-0", "db-1-2"])
    assert.equal(replicaOf(name, owner), undefined);
  assert.equal(replicaOf("db-0", undefined), undefined);
  assert.equal(replicaOf("db-0", { ...owner, kind: "ReplicaSet" }), undefined);
  assert.equal(replicaOf("db-0", { ...owner, apiVersion: "apps.kruise.io/v1beta1" }), undefined);
});

test("the controller of a pod is the owner that says so", () => {
  const references = [
    { ...owner, name: "other" },
    { ...owner, controller: true },
  ];
  const pod = (ownerReferences: readonly object[]) => readPod({ metadata: { ownerReferences } }).metadata.controller;
  assert.deepEqual(pod(references), owner);
  assert.equal(pod(references.slice(0, 1)), undefined);
});

test("the replicas of a set are counted from its first ordinal", () => {
  const range = readReplicaRange({ spec: { replicas: 3, ordinals: { start: 5 } } });
  assert.deepEqual(
    [4, 5, 7, 8].map((ordinal) => isInRange(range, ordinal)),
    [false, true, true, false],
  );
  assert.deepEqual(readReplicaRange({ spec: {} }), { start: 0, count: 1 });
  assert.deepEqual(readReplicaRange({}), { start: 0, count: 1 });
});
