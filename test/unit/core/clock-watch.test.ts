import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "#src/core/clock.ts";
import { watchClock } from "#src/core/clock-watch.ts";
import { type Logger, silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

interface Watched {
  /** Lets time pass, after the wall clock was set forward or back. */
  readonly pass: (ms: number, steppedMs?: number) => Promise<void>;
  readonly told: readonly object[];
  /** Undefined when the counter is not there. */
  readonly count: () => Promise<number | undefined>;
}

function watched(signal: AbortSignal): Watched {
  const manual = new ManualClock();
  let aheadMs = 0;
  const clock: Clock = {
    now: () => manual.now() + aheadMs,
    monotonicMs: () => manual.monotonicMs(),
    sleep: (ms, stop) => manual.sleep(ms, stop),
    after: (ms, fn) => manual.after(ms, fn),
  };
  const told: object[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => void told.push(fields) };
  const metrics = createMetrics();
  watchClock({ clock, logger, metrics }, signal);
  return {
    pass: async (ms, steppedMs = 0) => {
      aheadMs += steppedMs;
      await manual.advance(ms);
    },
    told,
    count: async () => {
      const found = await metrics.registry.getSingleMetric("ovn4nfv_clock_steps_total")?.get();
      return found?.values[0]?.value;
    },
  };
}

test("a step of the wall clock is logged and counted once, forward and back, and the count begins with 0", async () => {
  const { pass, told, count } = watched(new AbortController().signal);
  // The increase from nothing to 1 would be none, and no alert would fire.
  assert.equal(await count(), 0);
  await pass(60_000);
  assert.deepEqual(told, []);
  await pass(60_000, 600_000);
  assert.deepEqual(told, [{ steppedMs: 600_000 }]);
  await pass(60_000, -601_000);
  assert.deepEqual(told.slice(1), [{ steppedMs: -601_000 }]);
  assert.equal(await count(), 2);
});

test("a clock that is only slowed or sped up a little is no step", async () => {
  const { pass, told } = watched(new AbortController().signal);
  // That is the most that adjtime(3) does.
  for (let n = 0; n < 100; n += 1) await pass(10_000, 5);
  assert.deepEqual(told, []);
});

test("the watch ends with its process", async () => {
  const stop = new AbortController();
  const { pass, told } = watched(stop.signal);
  stop.abort();
  await pass(60_000, 600_000);
  assert.deepEqual(told, []);
});
