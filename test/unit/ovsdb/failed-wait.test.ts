import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";

test("a wait that did not hold is distinguished from every other failure", () => {
  const failed = (error: string) =>
    new AppError("TransactionFailed", "no", { details: { error, operation: 1, serverDetails: undefined } });
  assert.equal(isFailedWait(failed("timed out")), true);
  assert.equal(isFailedWait(failed("constraint violation")), false);
  assert.equal(isFailedWait(new AppError("OutcomeUnknown", "cut off")), false);
  assert.equal(isFailedWait(new Error("timed out")), false);
});
