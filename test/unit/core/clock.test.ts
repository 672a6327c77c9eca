import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { systemClock } from "#src/core/clock.ts";

test("a sleep lasts as long as it was asked to", async () => {
  const startedMs = systemClock.monotonicMs();
  await systemClock.sleep(20);
  assert.ok(systemClock.monotonicMs() - startedMs >= 19);
});

test("an aborted sleep ends at once, as Aborted, also when it was aborted before", async () => {
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort();
  await assert.rejects(sleeping, { code: "Aborted" });
  await assert.rejects(systemClock.sleep(60_000, controller.signal), { code: "Aborted" });
});

test("a timer calls once, and not at all when it was cancelled", async () => {
  const target = new EventTarget();
  const cancel = systemClock.after(1, () => {
    assert.fail("cancelled");
  });
  cancel();
  const fired = once(target, "fired", { signal: AbortSignal.timeout(30_000) });
  systemClock.after(5, () => target.dispatchEvent(new Event("fired")));
  await fired;
});

test("wall clock is milliseconds since the epoch", () => {
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 1_000);
});

test("a wait of more than 24.8 days neither ends at once nor fires early (it was a hot loop)", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const longMs = 2 ** 31 + 1_000;
  const ended: string[] = [];
  systemClock.after(longMs, () => ended.push("timer"));
  const sleeping = systemClock.sleep(longMs).then(() => ended.push("sleep"));
  t.mock.timers.tick(2 ** 31 - 1);
  await Promise.resolve();
  assert.deepEqual(ended, []);
  t.mock.timers.tick(1_001);
  await sleeping;
  assert.deepEqual(ended, ["timer", "sleep"]);
});

test("a long timer is cancelled in each of its steps, and a long sleep aborts in each", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const stop = new AbortController();
  const cancel = systemClock.after(2 ** 32, () => assert.fail("cancelled"));
  const sleeping = systemClock.sleep(Number.POSITIVE_INFINITY, stop.signal);
  t.mock.timers.tick(2 ** 31);
  cancel();
  stop.abort();
  await assert.rejects(sleeping, { code: "Aborted" });
  t.mock.timers.tick(2 ** 31);
});
