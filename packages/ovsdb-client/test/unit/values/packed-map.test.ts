import assert from "node:assert/strict";
import { test } from "node:test";
import { packMap } from "../../../src/values/packed-map.ts";

const keys = new Set(["owner", "pod", "uid"]);

for (const entries of [
  [],
  [["pod", "web-0"]],
  [
    ["uid", ""],
    ["owner", "us"],
  ],
  [
    ["owner", "a b"],
    ["pod", "🐟"],
    ["uid", "\u0001x"],
  ],
] as const) {
  test(`the entries ${JSON.stringify(entries)} behave as in a Map`, () => {
    const packed = packMap(entries, keys);
    const real = new Map<string, string>([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
    assert.ok(packed);
    assert.equal(packed.size, real.size);
    assert.deepEqual([...packed], [...real]);
    assert.deepEqual([...packed.keys()], [...real.keys()]);
    assert.deepEqual([...packed.values()], [...real.values()]);
    for (const key of [...keys, "other"]) {
      assert.equal(packed.get(key), real.get(key));
      assert.equal(packed.has(key), real.has(key));
    }
    const visited: unknown[] = [];
    packed.forEach((value, key) => visited.push([key, value]));
    assert.deepEqual(visited, [...real]);
  });
}

test("what could be taken for a mark, and what is no string, is not packed", () => {
  for (const value of ["\u0001", "a\u0000b", 7]) assert.equal(packMap([["pod", value]], keys), undefined);
});
