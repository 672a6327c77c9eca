import assert from "node:assert/strict";
import { test } from "node:test";
import { allocationTimings } from "#src/commands/flags/allocation-timings.ts";

const safe = {
  reservationLeaseMs: 60_000,
  forceBoundMs: 300_000,
  settleMs: 10_000,
  resyncMs: 300_000,
  fenceExpiryMs: 180_000,
  unsafeTimings: false,
};

test("time limits by which an address can be given away early are refused unless they are asked for", () => {
  assert.equal(allocationTimings(safe).leaseMs, 60_000);
  const cases = [{ reservationLeaseMs: 59_999 }, { fenceExpiryMs: 179_999 }];
  for (const change of cases) {
    assert.throws(() => allocationTimings({ ...safe, ...change }), {
      code: "ConfigInvalid",
      message: /--unsafe-timings/,
    });
    allocationTimings({ ...safe, ...change, unsafeTimings: true });
  }
});
