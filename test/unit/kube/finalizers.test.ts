import assert from "node:assert/strict";
import { test } from "node:test";
import { addFinalizerPatch, removeFinalizerPatch, setFinalizerPatch } from "#src/kube/finalizers.ts";
import { pod } from "#test/fakes/kube/fake-api-client.ts";

test("finalizer, labels and annotations go in one patch that names the uid", () => {
  const patch = removeFinalizerPatch({ uid: "u1", finalizer: "a/b", labels: ["k/l"], annotations: ["m/n"] });
  const rest = { labels: { "k/l": null }, annotations: { "m/n": null } };
  assert.deepEqual(patch, { metadata: { uid: "u1", "$deleteFromPrimitiveList/finalizers": ["a/b"], ...rest } });
});

test("without labels and annotations the patch touches neither", () => {
  assert.deepEqual(removeFinalizerPatch({ uid: "u1", finalizer: "a/b" }), {
    metadata: { uid: "u1", "$deleteFromPrimitiveList/finalizers": ["a/b"] },
  });
});

test("a finalizer is put back by merging, not by writing the list", () => {
  assert.deepEqual(addFinalizerPatch({ uid: "u1", finalizer: "a/b" }), {
    metadata: { uid: "u1", finalizers: ["a/b"] },
  });
});

test("a custom resource gets its whole list, guarded by resourceVersion", () => {
  const object = pod("a", "7", { finalizers: ["x/y"] });
  assert.deepEqual(setFinalizerPatch(object, "a/b", true), {
    metadata: { uid: "uid-a", resourceVersion: "7", finalizers: ["x/y", "a/b"] },
  });
  assert.deepEqual(setFinalizerPatch(object, "x/y", false), {
    metadata: { uid: "uid-a", resourceVersion: "7", finalizers: [] },
  });
});

test("nothing to change is no patch", () => {
  assert.equal(setFinalizerPatch(pod("a", "7", { finalizers: ["x/y"] }), "x/y", true), undefined);
  assert.equal(setFinalizerPatch(pod("a", "7"), "x/y", false), undefined);
});
