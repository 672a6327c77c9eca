import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonPatch } from "#src/api/text/json-patch.ts";

const annotations = ["metadata", "annotations"] as const;
const finalizers = ["metadata", "finalizers"] as const;

test("keys are escaped, first ~ and then /", () => {
  const operations = new JsonPatch({ metadata: { annotations: {} } })
    .set([...annotations, "k8s.plugin.opnfv.org/ovn~Interfaces"], "v")
    .operations();
  assert.deepEqual(operations, [
    { op: "add", path: "/metadata/annotations/k8s.plugin.opnfv.org~1ovn~0Interfaces", value: "v" },
  ]);
});

test("a missing map is added whole, with all its keys in one operation", () => {
  const patch = new JsonPatch({ metadata: {} }).set([...annotations, "a"], "1").set([...annotations, "b"], "2");
  assert.deepEqual(patch.operations(), [{ op: "add", path: "/metadata/annotations", value: { a: "1", b: "2" } }]);
});

test("a map that is null counts as missing", () => {
  const patch = new JsonPatch({ metadata: { annotations: null } }).set([...annotations, "a"], "1");
  assert.deepEqual(patch.operations(), [{ op: "replace", path: "/metadata/annotations", value: { a: "1" } }]);
});

test("missing parents of several edits are added in one operation", () => {
  const patch = new JsonPatch({}).set([...annotations, "a"], "1").append(finalizers, "f");
  assert.deepEqual(patch.operations(), [
    { op: "add", path: "/metadata", value: { annotations: { a: "1" }, finalizers: ["f"] } },
  ]);
});

test("existing keys are replaced, equal ones are not mentioned", () => {
  const patch = new JsonPatch({ metadata: { annotations: { a: "1", b: "2" } } })
    .set([...annotations, "a"], "1")
    .set([...annotations, "b"], "3");
  assert.deepEqual(patch.operations(), [{ op: "replace", path: "/metadata/annotations/b", value: "3" }]);
});

test("only what is there is removed", () => {
  const patch = new JsonPatch({ metadata: { annotations: { a: "1" } } })
    .remove([...annotations, "a"])
    .remove([...annotations, "b"])
    .remove(["metadata", "labels", "c"]);
  assert.deepEqual(patch.operations(), [{ op: "remove", path: "/metadata/annotations/a" }]);
});

test("a finalizer is appended once, and the others stay", () => {
  const before = { metadata: { finalizers: ["x"] } };
  assert.deepEqual(new JsonPatch(before).append(finalizers, "f").append(finalizers, "f").operations(), [
    { op: "add", path: "/metadata/finalizers/-", value: "f" },
  ]);
  assert.deepEqual(new JsonPatch(before).append(finalizers, "x").operations(), []);
});

test("every occurrence of a finalizer is removed, the last one first", () => {
  const before = { metadata: { finalizers: ["f", "x", "f"] } };
  assert.deepEqual(new JsonPatch(before).removeFrom(finalizers, "f").operations(), [
    { op: "remove", path: "/metadata/finalizers/2" },
    { op: "remove", path: "/metadata/finalizers/0" },
  ]);
});

test("the last of two edits of one field counts", () => {
  const patch = new JsonPatch({ metadata: { annotations: { a: "1" }, finalizers: [] } })
    .remove([...annotations, "a"])
    .set([...annotations, "a"], "2")
    .append(finalizers, "f")
    .removeFrom(finalizers, "f");
  assert.deepEqual(patch.operations(), [{ op: "replace", path: "/metadata/annotations/a", value: "2" }]);
});

test("names of Object's own prototype are ordinary names", () => {
  const patch = new JsonPatch({ metadata: { annotations: {} } }).set([...annotations, "constructor"], "v");
  assert.deepEqual(patch.operations(), [{ op: "add", path: "/metadata/annotations/constructor", value: "v" }]);
});
