import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { settleWithin } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";

/** A clock at `nowMs` whose timers fire when the test says so. */
function manualClock(nowMs: number) {
  const timers = new Map<() => void, number>();
  const clock: Clock = {
    ...systemClock,
    monotonicMs: () => nowMs,
    after(ms, fn) {
      timers.set(fn, ms);
      return () => timers.delete(fn);
    },
  };
  return { clock, timers };
}

test("a call that settles in time gives its value or its error, and leaves no timer and no listener", async () => {
  const { clock, timers } = manualClock(1_000);
  const options = { deadlineMs: 1_500, signal: new AbortController().signal };
  assert.equal(await settleWithin(clock, options, "reading", (resolve: (value: number) => void) => resolve(7)), 7);
  const failing = settleWithin(clock, options, "reading", (_resolve, reject) => reject(new Error("broken")));
  await assert.rejects(failing, /broken/);
  assert.equal(timers.size, 0);
});

test("the deadline is a point on the monotonic clock", async () => {
  const { clock, timers } = manualClock(1_000);
  const call = settleWithin(clock, { deadlineMs: 1_500 }, "reading", () => {});
  const [[fire, ms] = assert.fail("no timer")] = [...timers];
  assert.equal(ms, 500);
  fire();
  await assert.rejects(call, { code: "DeadlineExceeded", message: /^reading: / });
});

test("a call whose deadline has passed, or whose caller has gone, is not started", async () => {
  const { clock } = manualClock(1_000);
  const never = (): void => assert.fail("started");
  await assert.rejects(settleWithin(clock, { deadlineMs: 1_000 }, "reading", never), { code: "DeadlineExceeded" });
  await assert.rejects(settleWithin(clock, { signal: AbortSignal.abort() }, "reading", never), { code: "Aborted" });
});

test("an abort in flight rejects with the caller's reason as cause, and cancels the timer", async () => {
  const { clock, timers } = manualClock(0);
  const controller = new AbortController();
  const call = settleWithin(clock, { deadlineMs: 10, signal: controller.signal }, "reading", () => {});
  const reason = new Error("hung up");
  controller.abort(reason);
  await assert.rejects(call, { code: "Aborted", cause: reason });
  assert.equal(timers.size, 0);
});

test("the caller decides what giving up means", async () => {
  const { clock, timers } = manualClock(0);
  const unknown = (error: AppError) => new AppError("OutcomeUnknown", "in flight", { cause: error });
  const call = settleWithin(clock, { deadlineMs: 10 }, "committing", () => {}, unknown);
  for (const fire of timers.keys()) fire();
  await assert.rejects(call, { code: "OutcomeUnknown" });
});
