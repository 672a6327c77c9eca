import assert from "node:assert/strict";
import { test } from "node:test";
import { ReconnectDelay } from "../../../src/time/reconnect-delay.ts";

const options = { initialMs: 100, maxMs: 1_000, factor: 2, jitter: 0.5, resetAfterMs: 60_000 };

test("delays grow by the factor up to the cap", () => {
  const delay = new ReconnectDelay(options, () => 0);
  const delays = Array.from({ length: 6 }, () => delay.nextMs());
  assert.deepEqual(delays, [100, 200, 400, 800, 1_000, 1_000]);
});

test("jitter adds at most its part of the delay", () => {
  assert.equal(new ReconnectDelay(options, () => 1).nextMs(), 150);
  assert.equal(new ReconnectDelay(options, () => 0.5).nextMs(), 125);
});

test("a session that lived long enough starts the sequence over", () => {
  const delay = new ReconnectDelay(options, () => 0);
  delay.nextMs();
  assert.equal(delay.nextMs(59_999), 200);
  assert.equal(delay.nextMs(60_000), 100);
});
