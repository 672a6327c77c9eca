import assert from "node:assert/strict";
import { test } from "node:test";
import { readTransactionFault } from "../../../src/errors/transaction-fault.ts";

test("an error of the server is the fault that it names", () => {
  for (const fault of ["timed out", "constraint violation", "not owner", "permission error"] as const) {
    assert.equal(readTransactionFault(fault), fault);
  }
});

test("an error that is not listed, or is no text, is another", () => {
  for (const strange of ["never heard of", "", undefined, null, 7, { error: "timed out" }]) {
    assert.equal(readTransactionFault(strange), "other");
  }
});
