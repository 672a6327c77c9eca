import assert from "node:assert/strict";
import { it } from "node:test";
import { textList } from "#src/api/text/text-list.ts";

it("one text is cut at its commas, each part standing for the whole field", () => {
  assert.deepEqual(textList("a, b,", "f: x"), [
    { text: "a", field: "f: x" },
    { text: "b", field: "f: x" },
    { text: "", field: "f: x" },
  ]);
});

it("an element of a list is named by its index and not cut", () => {
  assert.deepEqual(textList([" a,b "], "f: x"), [{ text: "a,b", field: "f: x[0]" }]);
});

it("an absent field has no elements", () => {
  assert.deepEqual(textList(undefined, "f: x"), []);
});
