import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCodes } from "#src/core/error-codes.ts";

const entries = Object.entries(errorCodes);

test("codes are names in CamelCase, meaning and remedy are sentences", () => {
  for (const [code, { meaning, remedy }] of entries) {
    assert.match(code, /^[A-Z][A-Za-z]+$/);
    assert.match(meaning, /^[A-Z].*\.$/s, code);
    assert.match(remedy, /^[A-Z].*\.$/s, code);
  }
});

test("faults of users are 4xx, and only what may pass by itself is retried", () => {
  for (const [code, { kind, disposition, status }] of entries) {
    if (kind !== "refusal") continue;
    if (disposition === "terminal") assert.ok([403, 409, 422].includes(status), code);
    else assert.ok([429, 503].includes(status), code);
  }
});

test("only a defect of ours is a bug", () => {
  const bugs = entries.filter(([, { disposition }]) => disposition === "bug").map(([code]) => code);
  assert.deepEqual(bugs, ["Internal"]);
});
