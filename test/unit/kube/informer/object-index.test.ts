import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectIndex } from "#src/kube/informer/object-index.ts";

test("objects are found by each of their values until they are removed", () => {
  const index = new ObjectIndex<string, "letter" | "length">({
    letter: (word) => Array.from(word),
    length: (word) => [String(word.length)],
  });
  index.add("1", "ab");
  index.add("2", "bc");
  assert.deepEqual([...index.keysOf("letter", "b")], ["1", "2"]);
  assert.deepEqual([...index.keysOf("length", "2")], ["1", "2"]);
  index.remove("1", "ab");
  assert.deepEqual([...index.keysOf("letter", "b")], ["2"]);
  assert.deepEqual([...index.keysOf("letter", "a")], []);
});
