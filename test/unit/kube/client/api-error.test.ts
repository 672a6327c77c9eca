import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apiErrorDetails,
  apiErrorFromAnswer,
  apiErrorFromFault,
  isAlreadyExists,
  isConflict,
  isGone,
  isInvalid,
  isNotFound,
} from "#src/kube/client/api-error.ts";
import { statusError } from "#test/fakes/kube/fake-api-client.ts";

test("a Status is read into details and a short message", () => {
  const body = {
    kind: "Status",
    code: 429,
    reason: "TooManyRequests",
    message: "slow down",
    details: { retryAfterSeconds: 3 },
  };
  const error = apiErrorFromAnswer("GET /x", { status: 429, body });
  assert.equal(error.message, "GET /x: 429 TooManyRequests: slow down");
  assert.deepEqual(error.details, {
    status: 429,
    reason: "TooManyRequests",
    message: "slow down",
    retryAfterSeconds: 3,
  });
});

test("a proxy's page is quoted, cut, and its Retry-After header counts", () => {
  const error = apiErrorFromAnswer("GET /x", { status: 503, body: "x".repeat(9000), retryAfter: "7" });
  const details = apiErrorDetails(error);
  assert.equal(details?.message.length, 500);
  assert.equal(details.retryAfterSeconds, 7);
});

test("an ERROR event of a watch has its status from the body", () => {
  assert.ok(isGone(apiErrorFromAnswer("watch", { body: { kind: "Status", code: 410, reason: "Expired" } })));
});

test("faults on the way are Unreachable and keep their cause", () => {
  const cause = new AggregateError(
    [new Error("connect ECONNREFUSED ::1"), new Error("connect ECONNREFUSED 127.0.0.1")],
    "",
  );
  const error = apiErrorFromFault("GET /x", cause);
  assert.equal(apiErrorDetails(error)?.reason, "Unreachable");
  assert.match(error.message, /ECONNREFUSED ::1.*ECONNREFUSED 127/);
  assert.equal(error.cause, cause);
});

test("each predicate knows its own answers only", () => {
  const table = [
    [isNotFound, statusError(404, "NotFound")],
    [isConflict, statusError(409, "Conflict")],
    [isAlreadyExists, statusError(409, "AlreadyExists")],
    [isGone, statusError(410, "Expired")],
    [isInvalid, statusError(422, "Invalid")],
  ] as const;
  for (const [is] of table) {
    for (const [other, error] of table) assert.equal(is(error), is === other, `${is.name} of ${error.message}`);
    assert.equal(is(new Error("x")), false);
  }
});
