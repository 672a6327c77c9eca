import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, fromUnknown, hasCode, isRefusal, refusal } from "#src/core/errors.ts";

const details = {
  field: "interface[1].ipAddress",
  value: "10.2.0.1",
  reason: "is outside 10.1.0.0/24",
  remedy: "ask inside",
};

test("a refusal says code, field, value, reason and remedy in one line", () => {
  const error = refusal("AddressOutOfRange", details);
  assert.equal(
    error.message,
    'AddressOutOfRange: interface[1].ipAddress "10.2.0.1" is outside 10.1.0.0/24; ask inside',
  );
  assert.deepEqual(error.details, details);
  assert.equal(error.status, 422);
  assert.equal(error.disposition, "terminal");
});

test("values are shown as JSON, cut when long, and left out when there is none", () => {
  const shown = (value: unknown) => refusal("Malformed", { ...details, field: "f", value }).message;
  assert.match(shown({ a: 1 }), /^Malformed: f {"a":1} is/);
  assert.match(shown(5n), /^Malformed: f 5 is/);
  assert.match(shown(undefined), /^Malformed: f is/);
  assert.match(shown("x".repeat(500)), /^Malformed: f "x{78}… is/);
  assert.match(shown(Symbol("s")), /^Malformed: f symbol is/);
});

test("answers to users are distinguished from faults of parts", () => {
  assert.equal(isRefusal(refusal("PoolExhausted", details)), true);
  assert.equal(isRefusal(new AppError("NotConnected", "x")), false);
  assert.equal(isRefusal(new Error("PoolExhausted")), false);
});

test("a predicate of codes narrows what is caught to the code and its details", () => {
  const caught: unknown = new AppError("TransactionFailed", "no", { details: { error: "timed out", operation: 1 } });
  assert.ok(hasCode(caught, "RowsChanged", "TransactionFailed"));
  assert.equal(hasCode(caught, "RowsChanged"), false);
  assert.equal(hasCode({ code: "TransactionFailed" }, "TransactionFailed"), false);
  assert.ok(hasCode(caught, "TransactionFailed"));
  assert.equal(caught.details.operation, 1);
});

test("the compiler asks for the details of a code, and knows them only for that code", () => {
  // @ts-expect-error A `KubeApiError` has required details.
  const bare = new AppError("KubeApiError", "down");
  // @ts-expect-error The details of another code do not fit.
  const wrong = new AppError("TransactionFailed", "no", { details: { reason: "x", message: "y" } });
  // @ts-expect-error A refusal has field, reason and remedy.
  const refused = new AppError("PoolExhausted", "full");
  for (const error of [bare, wrong, refused] satisfies readonly AppError[]) {
    // @ts-expect-error The code is not known here, so no field is.
    assert.equal(error.details.error, undefined);
  }
});

test("what was caught becomes an AppError once, with the original as cause", () => {
  const ours = new AppError("NotConnected", "gone");
  assert.equal(fromUnknown(ours), ours);
  const foreign = new TypeError("x is undefined");
  const wrapped = fromUnknown(foreign, "CommandFailed");
  assert.deepEqual([wrapped.code, wrapped.message, wrapped.cause], ["CommandFailed", "x is undefined", foreign]);
  assert.equal(fromUnknown("text").message, "text");
  assert.equal(fromUnknown("text").code, "Internal");
});
