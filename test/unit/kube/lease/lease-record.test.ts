import assert from "node:assert/strict";
import { test } from "node:test";
import {
  leaseSpecFor,
  mayTakeLease,
  microTime,
  observeLease,
  readLease,
  releasedSpec,
} from "#src/kube/lease/lease-record.ts";

const now = Date.UTC(2026, 0, 1);
const lease = (spec: object) => ({ metadata: { name: "l", uid: "u", resourceVersion: "1" }, spec });
const held = readLease(lease(leaseSpecFor(undefined, "a", 15_000, now)));

test("a lease reads back as it was written", () => {
  assert.deepEqual(held, {
    holder: "a",
    durationMs: 15_000,
    acquireTime: "2026-01-01T00:00:00.000000Z",
    renewTime: "2026-01-01T00:00:00.000000Z",
    transitions: 0,
  });
});

test("a lease that is empty, null or nonsense is free", () => {
  for (const spec of [{}, { holderIdentity: null, leaseDurationSeconds: null }, { holderIdentity: 7 }]) {
    assert.equal(readLease(lease(spec)).holder, "");
  }
});

test("another's lease may be taken when it was not renewed for its duration since we saw it", () => {
  const seen = observeLease(undefined, held, 100);
  assert.equal(mayTakeLease(seen, "b", 15_099), false);
  assert.equal(mayTakeLease(seen, "b", 15_100), true);
  assert.equal(mayTakeLease(seen, "a", 100), true);
});

test("a renewal moves the time, seeing the same again does not", () => {
  const first = observeLease(undefined, held, 100);
  assert.equal(observeLease(first, { ...held }, 900), first);
  assert.equal(observeLease(first, { ...held, renewTime: "later" }, 900).atMs, 900);
});

test("a released lease is free at once", () => {
  assert.equal(mayTakeLease(observeLease(undefined, readLease(lease(releasedSpec(now))), 0), "b", 0), true);
});

test("a renewal keeps acquireTime, a take-over counts a transition", () => {
  const renewed = leaseSpecFor(held, "a", 15_000, now + 1000);
  assert.equal(renewed["acquireTime"], "2026-01-01T00:00:00.000000Z");
  assert.equal(renewed["leaseTransitions"], 0);
  const taken = leaseSpecFor(held, "b", 15_000, now + 1000);
  assert.equal(taken["acquireTime"], microTime(now + 1000));
  assert.equal(taken["leaseTransitions"], 1);
});
