import assert from "node:assert/strict";
import { test } from "node:test";
import { reviewRequest } from "#test/fixtures/webhooks/review-request.ts";
import { appliedObject } from "#webhooks/handlers/applied-object.ts";

const object = { metadata: { name: "blue" } };

test("an object is judged when it is created or changed, and not on its way out", () => {
  assert.deepEqual(appliedObject(reviewRequest("Network", object)), object);
  assert.deepEqual(appliedObject(reviewRequest("Network", object, { operation: "UPDATE" })), object);
  assert.equal(appliedObject(reviewRequest("Network", object, { operation: "DELETE" })), undefined);
  const going = { metadata: { name: "blue", deletionTimestamp: "2026-01-01T00:00:00Z" } };
  assert.equal(appliedObject(reviewRequest("Network", going)), undefined);
});

test("a change that leaves the spec as it is is not judged, but a created object and a changed spec are", () => {
  const oldObject = { metadata: { name: "blue" }, spec: { list: [{ a: 1 }], b: 2 } };
  const marked = { metadata: { name: "blue", finalizers: ["f"] }, spec: { b: 2, list: [{ a: 1 }] } };
  const changed = { ...marked, spec: { ...marked.spec, b: 3 } };
  assert.equal(appliedObject(reviewRequest("Network", marked, { operation: "UPDATE", oldObject })), undefined);
  assert.deepEqual(appliedObject(reviewRequest("Network", changed, { operation: "UPDATE", oldObject })), changed);
  assert.deepEqual(appliedObject(reviewRequest("Network", marked, { operation: "CREATE", oldObject })), marked);
});
