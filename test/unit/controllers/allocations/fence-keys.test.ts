import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FenceKeys, removeFenceKey } from "#src/controllers/allocations/fence-keys.ts";
import { fenceKey } from "#src/ovn/external-ids.ts";

const key = fenceKey("webhook-1");
const withValue = (value: string) => new Map([[key, value]]);

describe("FenceKeys", () => {
  it("finds a key that was not renewed for the time allowed", () => {
    const keys = new FenceKeys(1_000);
    assert.deepEqual(keys.look(withValue("1"), 1, 0), []);
    assert.deepEqual(keys.look(withValue("1"), 1, 999), []);
    assert.deepEqual(keys.look(withValue("1"), 1, 1_000), [[key, "1"]]);
  });

  it("never finds one that is renewed", () => {
    const keys = new FenceKeys(1_000);
    for (let n = 0; n < 10; n += 1) assert.deepEqual(keys.look(withValue(n.toString()), 1, n * 900), []);
  });

  it("counts only time in which one session was in sync", () => {
    const keys = new FenceKeys(1_000);
    keys.look(withValue("1"), 1, 0);
    assert.deepEqual(keys.look(withValue("1"), 2, 5_000), []);
    assert.deepEqual(keys.look(withValue("1"), 2, 6_000), [[key, "1"]]);
  });

  it("leaves everybody else's keys alone", () => {
    const keys = new FenceKeys(0);
    const others = new Map([["neutron:revision", "1"]]);
    keys.look(others, 1, 0);
    assert.deepEqual(keys.look(others, 1, 1), []);
  });

  it("are removed together with the value that was read, so that a renewal keeps them", () => {
    const { mutations } = removeFenceKey(key, "7");
    assert.deepEqual(mutations, [["external_ids", "delete", ["map", [[key, "7"]]]]]);
  });
});
