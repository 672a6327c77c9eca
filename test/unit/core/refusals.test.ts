import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, isRefusal, refusal } from "#src/core/errors.ts";
import { readOrSay, Refusals, refusalsIn } from "#src/core/refusals.ts";
import { refusalOf } from "#test/assertions/refused.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";

const wrong = (code: RefusalCode, field: string, more: object = {}) =>
  refusal(code, { field, value: 1, reason: "is wrong", remedy: "write another", ...more });

function fail(error: Error): never {
  throw error;
}

function joinedOf(...errors: readonly AppError<RefusalCode>[]): AppError<RefusalCode> {
  const refusals = new Refusals();
  for (const error of errors) refusals.try(() => fail(error));
  return refusalOf(() => {
    refusals.throwAll();
  });
}

test("a value without a fault is given back, and nothing is thrown", () => {
  const refusals = new Refusals();
  assert.equal(
    refusals.try(() => 5),
    5,
  );
  refusals.throwAll();
});

test("one fault stays as it is, and several are one refusal with the code of the first and a line for each", async () => {
  const first = wrong("Malformed", "a");
  assert.equal(joinedOf(first), first);
  const refusals = new Refusals();
  refusals.try(() => fail(first));
  await refusals.whenTried(() => Promise.reject(wrong("RouteInvalid", "b", { holder: "pod n/x" })));
  refusals.try(() => fail(first));
  assert.throws(
    () => {
      refusals.throwAll();
    },
    (error) => {
      assert.ok(isRefusal(error));
      assert.deepEqual([error.code, error.details.field, error.details.holder], ["Malformed", "a", "pod n/x"]);
      const lines = ["Malformed: a 1 is wrong; write another", "RouteInvalid: b 1 is wrong; write another"];
      assert.deepEqual(error.message.split("\n"), lines);
      assert.deepEqual(
        refusalsIn(error).map(({ message }) => message),
        lines,
      );
      return true;
    },
  );
});

test("faults that were collected already are not nested", () => {
  const inner = joinedOf(wrong("Malformed", "a"), wrong("Malformed", "b"));
  assert.equal(refusalsIn(joinedOf(inner, wrong("RouteInvalid", "c"))).length, 3);
});

test("of many faults eight are shown", () => {
  const many = Array.from({ length: 12 }, (_, index) => wrong("Malformed", `f${index}`));
  const lines = joinedOf(...many).message.split("\n");
  assert.deepEqual([lines.length, lines.at(-1)], [9, "and 4 more faults"]);
});

test("of thousands of faults few are kept, and all are counted, also through a second collection", () => {
  const many = Array.from({ length: 5_000 }, (_, index) => wrong("Malformed", `f${index}`));
  const inner = joinedOf(...many);
  assert.equal(refusalsIn(inner).length, 64);
  assert.equal(joinedOf(inner, wrong("RouteInvalid", "c")).message.split("\n").at(-1), "and 4993 more faults");
});

test("what is no fault of the user ends the collection, unless the user has made one", () => {
  const refusals = new Refusals();
  const away = wrong("BackendUnavailable", "nb");
  assert.throws(() => refusals.try(() => fail(away)), away);
  assert.throws(() => refusals.try(() => fail(new AppError("Internal", "a defect"))), /a defect/);
  refusals.add(wrong("Malformed", "a"));
  refusals.try(() => fail(away));
  assert.throws(() => refusals.try(() => fail(new AppError("Internal", "a defect"))), /a defect/);
  assert.equal(refusals.isEmpty, false);
});

test("what is refused is given in words, and any other error is thrown", () => {
  const value = {};
  assert.equal(
    readOrSay(() => value),
    value,
  );
  assert.match(
    readOrSay(() => fail(wrong("Malformed", "spec.a"))),
    /^Malformed: spec\.a/,
  );
  assert.throws(() => readOrSay(() => fail(new TypeError("a mistake of ours"))), TypeError);
});
