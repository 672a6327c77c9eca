import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { KeyedNotifier } from "#src/core/keyed-notifier.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

function notifying() {
  const clock = new ManualClock();
  return { clock, notifier: new KeyedNotifier<string>(clock, (name) => `waiting for ${name}`) };
}

const isLate = (error: unknown) =>
  error instanceof AppError && error.code === "DeadlineExceeded" && error.message.startsWith("waiting for green");

test("a change wakes all who wait for the thing, and nobody else", async () => {
  const { clock, notifier } = notifying();
  const blue = [notifier.next("blue", {}), notifier.next("blue", {})];
  const green = assert.rejects(notifier.next("green", { deadlineMs: 100 }), isLate);
  notifier.notify("blue");
  await Promise.all(blue);
  await clock.advance(100);
  await green;
});

test("a change before the wait is no answer to it", async () => {
  const { clock, notifier } = notifying();
  notifier.notify("green");
  const late = assert.rejects(notifier.next("green", { deadlineMs: 100 }), isLate);
  await clock.advance(100);
  await late;
});

test("who gave up is not woken, and a change that nobody waits for wakes nobody", async () => {
  const { notifier } = notifying();
  const stop = new AbortController();
  const waiting = notifier.next("blue", { signal: stop.signal });
  stop.abort();
  await assert.rejects(waiting);
  notifier.notify("blue");
});

test("a condition is asked at once and after each change, until it holds", async () => {
  const { notifier } = notifying();
  await notifier.until("blue", () => true, {});
  let count = 0;
  const waiting = notifier.until("blue", () => (count += 1) === 3, {});
  notifier.notify("blue");
  assert.equal(count, 2);
  notifier.notify("blue");
  await waiting;
  notifier.notify("blue");
  assert.equal(count, 3);
});

test("what the condition throws ends the wait", async () => {
  const { notifier } = notifying();
  let isGone = false;
  const isDone = (): boolean => {
    if (isGone) throw new Error("gone");
    return false;
  };
  const waiting = assert.rejects(notifier.until("blue", isDone, {}), /gone/);
  isGone = true;
  notifier.notify("blue");
  await waiting;
});
