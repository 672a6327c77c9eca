import assert from "node:assert/strict";
import { test } from "node:test";
import { Interner } from "../../../src/values/interner.ts";

/** Equal strings cannot be told apart, so only their text can be checked. */
function spied(limit: number) {
  const interner = new Interner(limit);
  return (texts: readonly string[]) => texts.map((text) => interner.intern(text));
}

test("a string comes back as it is, long or short, before and after the limit", () => {
  const texts = ["a", "b", "c".repeat(100), "a", "", "d", "e"];
  assert.deepEqual(spied(2)(texts), texts);
});

test("a UUID comes back as it is, before and after it was forgotten", () => {
  const interner = new Interner();
  const uuid = "0f6f8c0e-5b2e-4f38-9d7c-0d3c8a0a7d55";
  assert.deepEqual([interner.uuid(uuid), interner.uuid(uuid)], [uuid, uuid]);
  interner.forgetUuids();
  assert.equal(interner.uuid(uuid), uuid);
});
