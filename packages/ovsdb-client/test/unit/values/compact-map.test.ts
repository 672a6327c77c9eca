import assert from "node:assert/strict";
import { test } from "node:test";
import { compactMap } from "../../../src/values/compact-map.ts";

for (const size of [0, 1, 9, 24, 25, 100]) {
  test(`a map of ${size} entries behaves as a Map does`, () => {
    const entries = Array.from({ length: size }, (_, i): readonly [string, number] => [`k${i}`, i]);
    const [compact, real] = [compactMap(entries), new Map(entries)];
    assert.equal(compact.size, real.size);
    assert.deepEqual([...compact], [...real]);
    assert.deepEqual([...compact.entries()], [...real.entries()]);
    assert.deepEqual([...compact.keys()], [...real.keys()]);
    assert.deepEqual([...compact.values()], [...real.values()]);
    for (const key of [...real.keys(), "absent"]) {
      assert.equal(compact.get(key), real.get(key));
      assert.equal(compact.has(key), real.has(key));
    }
    const visited: unknown[] = [];
    compact.forEach((value, key) => visited.push([key, value]));
    assert.deepEqual(visited, [...real]);
    assert.deepEqual(new Map(compact), real);
  });
}
