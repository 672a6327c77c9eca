import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff, reflectorBackoff } from "#src/core/backoff.ts";

const options = { initialMs: 100, maxMs: 1_000, factor: 2, jitter: 0.5, resetAfterMs: 60_000 };

test("delays grow by the factor up to the cap", () => {
  const backoff = new Backoff(options, () => 0);
  const delays = Array.from({ length: 6 }, () => backoff.nextMs());
  assert.deepEqual(delays, [100, 200, 400, 800, 1_000, 1_000]);
});

test("jitter adds at most its share of the delay", () => {
  assert.equal(new Backoff(options, () => 1).nextMs(), 150);
  assert.equal(new Backoff(options, () => 0.5).nextMs(), 125);
});

test("an attempt that lived long enough, or a reset, starts the sequence over", () => {
  const backoff = new Backoff(options, () => 0);
  backoff.nextMs();
  assert.equal(backoff.nextMs(59_999), 200);
  assert.equal(backoff.nextMs(60_000), 100);
  backoff.reset();
  assert.equal(backoff.nextMs(), 100);
});

test("without a source of randomness the delay stays inside its bounds", () => {
  const delayMs = new Backoff(reflectorBackoff).nextMs();
  assert.ok(delayMs >= 800 && delayMs <= 1_600);
});
