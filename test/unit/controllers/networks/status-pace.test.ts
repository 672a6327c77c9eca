import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusPace } from "#src/controllers/networks/status-pace.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

test("counts are written once in each pause, and what users wait for at once", async () => {
  const clock = new ManualClock();
  const pace = new StatusPace(clock, 10_000);
  assert.equal(pace.untilNext("u1", false), 0);
  pace.written("u1");
  await clock.advance(4_000);
  assert.equal(pace.untilNext("u1", false), 6_000);
  assert.equal(pace.untilNext("u1", true), 0);
  assert.equal(pace.untilNext("u2", false), 0);
  await clock.advance(6_000);
  assert.equal(pace.untilNext("u1", false), 0);
  pace.written("u1");
  pace.forget("u1");
  assert.equal(pace.untilNext("u1", false), 0);
});
