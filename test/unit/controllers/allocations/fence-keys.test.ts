import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Operation } from "ovsdb-client";
import { FenceKeys, removeFenceKey, sweepFenceKeys } from "#src/controllers/allocations/fence-keys.ts";
import { silentLogger } from "#src/core/logger.ts";
import { fenceKey } from "#src/ovn/external-ids.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const key = fenceKey("webhook-1");
const withValue = (value: string) => new Map([[key, value]]);

describe("FenceKeys", () => {
  it("finds a key that was not renewed for the time allowed", () => {
    const keys = new FenceKeys(1_000);
    assert.deepEqual(keys.observe(withValue("1"), 1, 0), []);
    assert.deepEqual(keys.observe(withValue("1"), 1, 999), []);
    assert.deepEqual(keys.observe(withValue("1"), 1, 1_000), [[key, "1"]]);
  });

  it("never finds one that is renewed", () => {
    const keys = new FenceKeys(1_000);
    for (let n = 0; n < 10; n += 1) assert.deepEqual(keys.observe(withValue(n.toString()), 1, n * 900), []);
  });

  it("counts only time in which one session was in sync", () => {
    const keys = new FenceKeys(1_000);
    keys.observe(withValue("1"), 1, 0);
    assert.deepEqual(keys.observe(withValue("1"), 2, 5_000), []);
    assert.deepEqual(keys.observe(withValue("1"), 2, 6_000), [[key, "1"]]);
  });

  it("leaves everybody else's keys alone", () => {
    const keys = new FenceKeys(0);
    const others = new Map([["neutron:revision", "1"]]);
    keys.observe(others, 1, 0);
    assert.deepEqual(keys.observe(others, 1, 1), []);
  });

  it("are removed together with the value that was read, so that a renewal keeps them", () => {
    const { mutations } = removeFenceKey(key, "7");
    assert.deepEqual(mutations, [["external_ids", "delete", ["map", [[key, "7"]]]]]);
  });
});

describe("sweepFenceKeys", () => {
  it("removes an expired key at the second pass, and decides nothing without a session", async () => {
    const clock = new ManualClock();
    const sent: Operation[] = [];
    let isConnected = true;
    const session = {
      number: 1,
      transact: (operations: readonly Operation[]) => Promise.resolve(sent.push(...operations)),
    };
    const options = {
      keys: new FenceKeys(1_000),
      externalIds: () => withValue("7"),
      session: () => (isConnected ? session : undefined),
      clock,
      logger: silentLogger,
    };
    await sweepFenceKeys(options);
    clock.jump(1_000);
    isConnected = false;
    await sweepFenceKeys(options);
    assert.deepEqual(sent, []);
    isConnected = true;
    await sweepFenceKeys(options);
    assert.deepEqual(sent, [removeFenceKey(key, "7")]);
  });
});
