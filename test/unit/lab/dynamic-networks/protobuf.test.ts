import assert from "node:assert/strict";
import { test } from "node:test";
import { textField, valuesOf } from "#lab/dynamic-networks/protobuf.ts";

test("texts of any length come back by the number of their field, also out of a message inside", () => {
  const long = "x".repeat(70_000);
  const message = Buffer.concat([textField(1, "a"), textField(20, long), textField(1, textField(2, "inner"))]);
  assert.deepEqual(valuesOf(message, 20).map(String), [long]);
  const [first, second = Buffer.alloc(0)] = valuesOf(message, 1);
  assert.equal(String(first), "a");
  assert.deepEqual(valuesOf(second, 2).map(String), ["inner"]);
});

test("numbers of every width are passed by", () => {
  const numbers = [0x10, 0x96, 1, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4];
  assert.deepEqual(valuesOf(Buffer.concat([Buffer.from(numbers), textField(5, "end")]), 5).map(String), ["end"]);
});

test("a message that was cut off is an error", () => {
  const message = textField(1, "text");
  for (let length = 1; length < message.length; length++) {
    assert.throws(() => valuesOf(message.subarray(0, length), 1), /in the middle of a field/);
  }
});
