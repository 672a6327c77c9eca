import assert from "node:assert/strict";
import { test } from "node:test";
import { Failures } from "#src/core/failures.ts";

test("work goes on after a failure, and the first error is thrown at the end", async () => {
  const failures = new Failures();
  assert.equal(await failures.try(() => Promise.resolve(1)), 1);
  failures.throwFirst();
  assert.equal(await failures.try(() => Promise.reject<number>(new Error("first"))), undefined);
  assert.equal(await failures.try(() => Promise.resolve(2)), 2);
  failures.add(new Error("second"));
  assert.throws(() => {
    failures.throwFirst();
  }, /first/);
});
