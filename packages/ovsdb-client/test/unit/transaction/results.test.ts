import assert from "node:assert/strict";
import { test } from "node:test";
import { comment, insert, type Operation } from "../../../src/transaction/operations.ts";
import { checkResults, selectedRows } from "../../../src/transaction/results.ts";
import { column, table } from "../../../src/values/table.ts";

const thing = table("Thing", { name: column.string(), size: column.optional(column.integer()) });
const two: readonly Operation[] = [insert(thing, { name: "a" }), comment("b")];

test("each operation has its result", () => {
  assert.deepEqual(checkResults(two, [{ uuid: ["uuid", "u"] }, {}]), [{ uuid: "u" }, {}]);
  assert.deepEqual(checkResults(two, [{ count: 3 }, { rows: [{ name: "x" }] }]), [
    { count: 3 },
    { rows: [{ name: "x" }] },
  ]);
});

test("a failed operation is named; those after it have no result", () => {
  const result = [{ error: "timed out", details: "why" }, null];
  assert.throws(() => checkResults(two, result), {
    code: "TransactionFailed",
    message: "operation 0 (insert) failed: timed out: why",
    details: { reason: "timed out", serverError: "timed out", operation: 0, serverDetails: "why" },
  });
});

test("one more result than operations is a failure of the commit", () => {
  assert.throws(() => checkResults(two, [{ uuid: ["uuid", "u"] }, {}, { error: "constraint violation" }]), {
    code: "TransactionFailed",
    message: "the commit failed: constraint violation",
    details: {
      reason: "constraint violation",
      serverError: "constraint violation",
      operation: undefined,
      serverDetails: undefined,
    },
  });
});

test("too few results, or none, are a fault of the protocol", () => {
  assert.throws(() => checkResults(two, [{}]), { code: "ProtocolError" });
  assert.throws(() => checkResults(two, null), { code: "ProtocolError" });
});

test("selected rows have the columns that were asked for, and no others", () => {
  const rows = [{ _uuid: ["uuid", "u"], name: "a", size: ["set", []] }, { name: "b" }];
  assert.deepEqual(selectedRows(thing, { rows }), [
    { uuid: "u", row: { name: "a", size: undefined } },
    { uuid: undefined, row: { name: "b" } },
  ]);
  assert.deepEqual(selectedRows(thing, undefined), []);
});
