import assert from "node:assert/strict";
import { test } from "node:test";
import { OvsdbError } from "ovsdb-client";
import { AppError, hasCode } from "#src/core/errors.ts";
import { fromOvsdb, inAppErrors } from "#src/ovsdb/ovsdb-errors.ts";

test("an error of the client becomes an AppError with the same code, message and stack", () => {
  const cause = new Error("ECONNREFUSED");
  for (const code of ["NotConnected", "DeadlineExceeded", "Aborted", "OutcomeUnknown", "ConfigInvalid"] as const) {
    const told = new OvsdbError(code, "it did not work", { cause });
    const error = fromOvsdb(told);
    assert.ok(error instanceof AppError);
    assert.deepEqual([error.code, error.message, error.cause, error.stack], [code, told.message, cause, told.stack]);
    assert.ok(!(error instanceof OvsdbError));
  }
});

test("causes that are errors of the client are translated as well", () => {
  const cause = new OvsdbError("NotConnected", "unix:/a closed the connection");
  const error = fromOvsdb(new OvsdbError("OutcomeUnknown", "sent, but not answered", { cause }));
  assert.ok(hasCode(error.cause, "NotConnected"));
});

test("a refused transaction keeps the words of the server, and names the operation", () => {
  const details = { reason: "timed out", serverError: "timed out", serverDetails: "wait", operation: 0 } as const;
  const error = fromOvsdb(new OvsdbError("TransactionFailed", "operation 0 (wait) failed", { details }));
  assert.ok(hasCode(error, "TransactionFailed"));
  assert.deepEqual(error.details, { error: "timed out", operation: 0, serverDetails: "wait" });
});

test("details that only a log has stay", () => {
  const fields = { table: "Logical_Switch", uuid: "u1" };
  assert.deepEqual(fromOvsdb(new OvsdbError("ProtocolError", "out of step", { details: fields })).details, fields);
  const refused = new OvsdbError("NotConnected", "refused", { details: { serverError: "unknown database" } });
  assert.deepEqual(fromOvsdb(refused).details, { error: "unknown database" });
});

test("a wrong use of the client is a defect of ours", () => {
  const error = fromOvsdb(new OvsdbError("InvalidUse", "T.c: not a set", { details: { field: "T.c" } }));
  assert.deepEqual([error.code, error.disposition, error.details], ["Internal", "bug", { field: "T.c" }]);
});

test("other errors are what fromUnknown makes of them", () => {
  const own = new AppError("Aborted", "over");
  assert.equal(fromOvsdb(own), own);
  assert.equal(fromOvsdb(new TypeError("x")).code, "Internal");
});

test("a call gives its value, or throws an AppError", () => {
  assert.equal(
    inAppErrors(() => 7),
    7,
  );
  const refuse = (): never => {
    throw new OvsdbError("ConfigInvalid", "not an endpoint");
  };
  assert.throws(
    () => inAppErrors(refuse),
    (error) => hasCode(error, "ConfigInvalid"),
  );
});
