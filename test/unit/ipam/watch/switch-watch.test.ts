import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { SwitchWatch } from "#src/ipam/watch/switch-watch.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

test("a switch wakes all who wait for its name, and nobody else", async () => {
  const clock = new ManualClock();
  const watch = new SwitchWatch(clock);
  const blue = [watch.next("blue", {}), watch.next("blue", {})];
  const green = watch.next("green", { deadlineMs: 100 });
  const refused = assert.rejects(green, (error) => error instanceof AppError && error.code === "DeadlineExceeded");
  watch.added("blue");
  await Promise.all(blue);
  await clock.advance(100);
  await refused;
});

test("who gave up is not woken, and a switch that nobody waits for wakes nobody", async () => {
  const watch = new SwitchWatch(new ManualClock());
  const stop = new AbortController();
  const waiting = watch.next("blue", { signal: stop.signal });
  stop.abort();
  await assert.rejects(waiting);
  watch.added("blue");
});
