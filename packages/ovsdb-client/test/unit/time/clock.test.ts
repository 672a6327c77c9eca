import assert from "node:assert/strict";
import { test } from "node:test";
import { processClock } from "../../../src/time/clock.ts";

test("a sleep lasts as long as it was asked to", async () => {
  const startedMs = processClock.monotonicMs();
  await processClock.sleep(20);
  assert.ok(processClock.monotonicMs() - startedMs >= 19);
});

test("an aborted sleep ends at once, also when it was aborted before", async () => {
  const controller = new AbortController();
  const sleeping = processClock.sleep(60_000, controller.signal);
  controller.abort();
  await assert.rejects(sleeping, { code: "Aborted" });
  await assert.rejects(processClock.sleep(60_000, controller.signal), { code: "Aborted" });
});

test("a timer calls once, and not at all when it was cancelled", async () => {
  const fired = Promise.withResolvers<undefined>();
  const cancel = processClock.after(1, () => {
    fired.reject(new Error("cancelled"));
  });
  cancel();
  processClock.after(5, () => {
    fired.resolve(undefined);
  });
  // The timer of the clock does not keep the process alive, and this one does.
  const keep = setTimeout(() => {
    fired.reject(new Error("too late"));
  }, 30_000);
  await fired.promise;
  clearTimeout(keep);
});

test("a wait of more than 24.8 days neither ends at once nor fires early (it was a hot loop)", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const longMs = 2 ** 31 + 1_000;
  const ended: string[] = [];
  processClock.after(longMs, () => ended.push("timer"));
  const sleeping = processClock.sleep(longMs).then(() => ended.push("sleep"));
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
  const cancel = processClock.after(2 ** 32, () => assert.fail("cancelled"));
  const sleeping = processClock.sleep(Number.POSITIVE_INFINITY, stop.signal);
  t.mock.timers.tick(2 ** 31);
  cancel();
  stop.abort();
  await assert.rejects(sleeping, { code: "Aborted" });
  t.mock.timers.tick(2 ** 31);
});
