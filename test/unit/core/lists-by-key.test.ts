import assert from "node:assert/strict";
import { test } from "node:test";
import { addToList } from "#src/core/lists-by-key.ts";

test("each key has a list of its own, in the order in which values came", () => {
  const lists = new Map<string, number[]>();
  addToList(lists, "a", 2);
  addToList(lists, "b", 3);
  addToList(lists, "a", 1);
  assert.deepEqual(
    [...lists],
    [
      ["a", [2, 1]],
      ["b", [3]],
    ],
  );
});
