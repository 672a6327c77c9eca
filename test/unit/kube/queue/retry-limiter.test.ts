import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayRetryLimits, RetryLimiter } from "#src/kube/queue/retry-limiter.ts";

test("a key's delay doubles from 5 ms to 1000 s, each key for itself", () => {
  const limiter = new RetryLimiter();
  const delays = Array.from({ length: 20 }, () => limiter.nextDelayMs("a", 0));
  assert.deepEqual(delays.slice(0, 4), [5, 10, 20, 40]);
  assert.equal(delays[19], 1_000_000);
  assert.equal(limiter.nextDelayMs("b", 0), 5);
  assert.equal(limiter.failures("a"), 20);
});

test("the rows of a gateway are tried again every 2 s at the latest, however often others were faster", () => {
  const limiter = new RetryLimiter(gatewayRetryLimits);
  const delays = Array.from({ length: 20 }, (_, n) => limiter.nextDelayMs("west", n * 2_000));
  assert.deepEqual(delays.slice(0, 3), [5, 10, 20]);
  assert.equal(Math.max(...delays), 2_000);
});

test("a forgotten key begins anew", () => {
  const limiter = new RetryLimiter();
  limiter.nextDelayMs("a", 0);
  limiter.nextDelayMs("a", 0);
  limiter.forget("a");
  assert.equal(limiter.failures("a"), 0);
  assert.equal(limiter.nextDelayMs("a", 0), 5);
});

test("after a burst of 100, all keys together get 10 retries a second", () => {
  const limiter = new RetryLimiter();
  const delays = Array.from({ length: 120 }, (_, n) => limiter.nextDelayMs(`key-${n}`, 0));
  assert.equal(delays[99], 5);
  assert.equal(delays[100], 100);
  assert.equal(delays[119], 2000);
  assert.equal(limiter.nextDelayMs("later", 2000), 100);
  assert.equal(limiter.nextDelayMs("much-later", 60_000), 5);
});
