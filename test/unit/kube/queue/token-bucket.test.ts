import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "#src/kube/queue/token-bucket.ts";

test("a burst is free, then the rate holds, and waits queue up", () => {
  const bucket = new TokenBucket({ ratePerSecond: 2, burst: 3 });
  assert.deepEqual(
    [0, 0, 0, 0, 0].map((now) => bucket.takeMs(now)),
    [0, 0, 0, 500, 1000],
  );
});

test("a pause fills the bucket up to its burst and not further", () => {
  const bucket = new TokenBucket({ ratePerSecond: 2, burst: 1 });
  assert.equal(bucket.takeMs(0), 0);
  assert.equal(bucket.takeMs(60_000), 0);
  assert.equal(bucket.takeMs(60_000), 500);
});

test("a caller that does not wait gets a token only when one is there", () => {
  const bucket = new TokenBucket({ ratePerSecond: 2, burst: 2 });
  assert.deepEqual(
    [0, 0, 0, 400, 500, 500].map((now) => bucket.tryTake(now)),
    [true, true, false, false, true, false],
  );
});
