import assert from "node:assert/strict";
import { test } from "node:test";
import { wireArray, wireObject } from "../../../src/values/wire-object.ts";

test("an object and an array come back as they are", () => {
  const [object, array] = [{ a: 1 }, [1]];
  assert.equal(wireObject(object, "row"), object);
  assert.equal(wireArray(array, "set"), array);
});

test("anything else is a fault of the protocol that says what it should have been", () => {
  for (const value of [null, undefined, 1, "a", []]) {
    assert.throws(() => wireObject(value, "row"), { code: "ProtocolError", message: /a row that is not an object/ });
  }
  for (const value of [null, undefined, "a", {}]) {
    assert.throws(() => wireArray(value, "set"), { code: "ProtocolError", message: /a set that is not an array/ });
  }
});
