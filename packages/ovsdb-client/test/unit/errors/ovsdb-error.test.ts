import assert from "node:assert/strict";
import { test } from "node:test";
import { OvsdbError, toOvsdbError } from "../../../src/errors/ovsdb-error.ts";

test("an error has a code, a message, details and perhaps a cause", () => {
  const cause = new Error("refused");
  const error = new OvsdbError("NotConnected", "nobody is there", { details: { serverError: "no" }, cause });
  assert.ok(error instanceof Error);
  assert.deepEqual(
    [error.name, error.code, error.message, error.details.serverError, error.cause],
    ["OvsdbError", "NotConnected", "nobody is there", "no", cause],
  );
  assert.match(error.stack ?? "", /nobody is there\n.*ovsdb-error\.test\.ts/);
});

test("an error without details has none, and no cause of its own", () => {
  const error = new OvsdbError("Aborted", "over");
  assert.deepEqual(error.details, {});
  assert.ok(!("cause" in error));
});

test("the type of the details follows from the code, once it is compared", () => {
  const details = { reason: "timed out", serverError: "timed out", serverDetails: undefined, operation: 1 } as const;
  const caught: unknown = new OvsdbError("TransactionFailed", "refused", { details });
  assert.ok(caught instanceof OvsdbError);
  // @ts-expect-error: not every error has an operation
  assert.equal(caught.details.operation, 1);
  assert.ok(caught.code === "TransactionFailed");
  const operation: number | undefined = caught.details.operation;
  assert.equal(operation, 1);
  // @ts-expect-error: a reason that does not exist cannot be compared with
  assert.notEqual(caught.details.reason === "timeout", true);
});

test("a refused transaction cannot be made without its reason", () => {
  // @ts-expect-error: details are missing
  assert.equal(new OvsdbError("TransactionFailed", "refused").code, "TransactionFailed");
});

test("what was caught stays what it is; another error becomes the cause of one", () => {
  const own = new OvsdbError("Aborted", "over");
  assert.equal(toOvsdbError(own), own);
  const foreign = new TypeError("x is not a function");
  const wrapped = toOvsdbError(foreign);
  assert.deepEqual([wrapped.code, wrapped.message, wrapped.cause], ["Internal", "x is not a function", foreign]);
  assert.equal(toOvsdbError("thrown text").message, "thrown text");
});
