import assert from "node:assert/strict";
import { test } from "node:test";
import { ulid } from "ulid";
import { allocationTimeMs } from "#src/ipam/allocation-time.ts";

test("the id of an allocation tells when it was planned, and another id tells nothing", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  assert.equal(allocationTimeMs(ulid(nowMs)), nowMs);
  assert.deepEqual(["", "A", "no ULID at all, but long enough"].map(allocationTimeMs), [
    undefined,
    undefined,
    undefined,
  ]);
});
