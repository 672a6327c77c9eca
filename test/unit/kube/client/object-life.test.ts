import assert from "node:assert/strict";
import { test } from "node:test";
import { compareAge, objectLife } from "#src/kube/client/object-life.ts";

const metadata = { name: "a", uid: "u", resourceVersion: "1" };

test("the life of an object is read from its metadata", () => {
  const made = { ...metadata, generation: 3, creationTimestamp: "2026-01-01T00:00:00Z" };
  const life = { uid: "u", generation: 3, createdAt: "2026-01-01T00:00:00Z", deleting: false };
  assert.deepEqual(objectLife({ metadata: made }), life);
  const deletionTimestamp = "2026-01-02T00:00:00Z";
  assert.deepEqual(objectLife({ metadata: { ...made, deletionTimestamp } }), { ...life, deleting: true });
  assert.deepEqual(objectLife({ metadata }), { uid: "u", generation: 0, createdAt: "", deleting: false });
});

test("the older object comes first, and of one second the one with the smaller UID", () => {
  const old = { createdAt: "2026-01-01T00:00:00Z", uid: "z" };
  const twins = ["b", "a"].map((uid) => ({ createdAt: "2026-01-02T00:00:00Z", uid }));
  assert.deepEqual([...twins, old].sort(compareAge), [old, twins[1], twins[0]]);
  assert.equal(compareAge(old, old), 0);
});
