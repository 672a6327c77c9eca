import assert from "node:assert/strict";
import { test } from "node:test";
import { reviewRequest } from "#test/fixtures/webhooks/review-request.ts";
import { appliedObject } from "#webhooks/handlers/network-names.ts";

const object = { metadata: { name: "blue" } };

test("an object is judged when it is created or changed, and not on its way out", () => {
  assert.deepEqual(appliedObject(reviewRequest("Network", object)), object);
  assert.deepEqual(appliedObject(reviewRequest("Network", object, { operation: "UPDATE" })), object);
  assert.equal(appliedObject(reviewRequest("Network", object, { operation: "DELETE" })), undefined);
  const going = { metadata: { name: "blue", deletionTimestamp: "2026-01-01T00:00:00Z" } };
  assert.equal(appliedObject(reviewRequest("Network", going)), undefined);
});
