import assert from "node:assert/strict";
import { test } from "node:test";
import { OvsdbError } from "../../../src/errors/ovsdb-error.ts";
import { settleInTime } from "../../../src/time/call-limits.ts";
import { type OvsdbClock, processClock } from "../../../src/time/clock.ts";

/** A clock at `nowMs` whose timers fire when the test says so. */
function stoppedClock(nowMs: number) {
  const timers = new Map<() => void, number>();
  const clock: OvsdbClock = {
    ...processClock,
    monotonicMs: () => nowMs,
    after(ms, fn) {
      timers.set(fn, ms);
      return () => timers.delete(fn);
    },
  };
  return { clock, timers };
}

test("a call that settles in time gives its value or its error, and leaves no timer", async () => {
  const { clock, timers } = stoppedClock(1_000);
  const limits = { deadlineMs: 1_500, signal: new AbortController().signal };
  assert.equal(await settleInTime(clock, limits, "reading", (resolve: (value: number) => void) => resolve(7)), 7);
  const failing = settleInTime(clock, limits, "reading", (_resolve, reject) => reject(new Error("broken")));
  await assert.rejects(failing, /broken/);
  assert.equal(timers.size, 0);
});

test("the deadline is a point on the clock", async () => {
  const { clock, timers } = stoppedClock(1_000);
  const call = settleInTime(clock, { deadlineMs: 1_500 }, "reading", () => {});
  const [[fire, ms] = assert.fail("no timer")] = [...timers];
  assert.equal(ms, 500);
  fire();
  await assert.rejects(call, { code: "DeadlineExceeded", message: /^reading: / });
});

test("a call whose deadline has passed, or whose signal was aborted, is not started", async () => {
  const { clock } = stoppedClock(1_000);
  const never = (): void => assert.fail("started");
  await assert.rejects(settleInTime(clock, { deadlineMs: 1_000 }, "reading", never), { code: "DeadlineExceeded" });
  await assert.rejects(settleInTime(clock, { signal: AbortSignal.abort() }, "reading", never), { code: "Aborted" });
});

test("an abort in flight rejects with the signal's reason as cause, and cancels the timer", async () => {
  const { clock, timers } = stoppedClock(0);
  const controller = new AbortController();
  const call = settleInTime(clock, { deadlineMs: 10, signal: controller.signal }, "reading", () => {});
  const reason = new Error("hung up");
  controller.abort(reason);
  await assert.rejects(call, { code: "Aborted", cause: reason });
  assert.equal(timers.size, 0);
});

test("whoever waits may say what giving up means", async () => {
  const { clock, timers } = stoppedClock(0);
  const unknown = (error: OvsdbError) => new OvsdbError("OutcomeUnknown", "in flight", { cause: error });
  const call = settleInTime(clock, { deadlineMs: 10 }, "committing", () => {}, unknown);
  for (const fire of timers.keys()) fire();
  await assert.rejects(call, { code: "OutcomeUnknown" });
});
