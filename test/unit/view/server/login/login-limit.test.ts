import assert from "node:assert/strict";
import { test } from "node:test";
import { LoginLimit } from "#src/view/server/login/login-limit.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

test("whoever fails often is refused for a minute, and others are not", async () => {
  const clock = new ManualClock();
  const limit = new LoginLimit(clock);
  for (let i = 0; i < 19; i += 1) limit.failed("192.0.2.1");
  assert.ok(!limit.isReached("192.0.2.1"));
  limit.failed("192.0.2.1");
  assert.ok(limit.isReached("192.0.2.1"));
  assert.ok(!limit.isReached("192.0.2.2"));
  await clock.advance(60_000);
  assert.ok(!limit.isReached("192.0.2.1"));
});

test("many addresses that fail together are refused too, so that the API server is not asked for each", () => {
  const limit = new LoginLimit(new ManualClock());
  for (let i = 0; i < 199; i += 1) limit.failed(`address-${i}`);
  assert.ok(!limit.isReached("new"));
  limit.failed("one more");
  assert.ok(limit.isReached("new"));
});
