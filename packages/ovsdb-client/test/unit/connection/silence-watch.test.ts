import assert from "node:assert/strict";
import { test } from "node:test";
import type { OvsdbClock } from "../../../src/time/clock.ts";
import { SilenceWatch } from "../../../src/connection/silence-watch.ts";

/** A clock with one timer at a time, moved by hand. */
class HandClock implements OvsdbClock {
  nowMs = 0;
  #timer: { readonly atMs: number; readonly fn: () => void } | undefined;

  now = () => this.nowMs;
  monotonicMs = () => this.nowMs;
  sleep = () => Promise.resolve();

  after(ms: number, fn: () => void): () => void {
    const timer = { atMs: this.nowMs + ms, fn };
    this.#timer = timer;
    return () => {
      if (this.#timer === timer) this.#timer = undefined;
    };
  }

  moveTo(ms: number): void {
    while (this.#timer !== undefined && this.#timer.atMs <= ms) {
      const { atMs, fn } = this.#timer;
      this.#timer = undefined;
      this.nowMs = atMs;
      fn();
    }
    this.nowMs = ms;
  }

  get idle(): boolean {
    return this.#timer === undefined;
  }
}

function watched(intervalMs: number) {
  const clock = new HandClock();
  const seen: string[] = [];
  const watch = new SilenceWatch(clock, intervalMs, {
    probe: () => seen.push(`probe at ${clock.nowMs}`),
    dead: (silentMs) => seen.push(`dead at ${clock.nowMs} after ${silentMs}`),
  });
  return { clock, seen, watch };
}

test("a silent peer is probed after an interval and dead after two", () => {
  const { clock, seen } = watched(100);
  clock.moveTo(99);
  assert.deepEqual(seen, []);
  clock.moveTo(500);
  assert.deepEqual(seen, ["probe at 100", "dead at 200 after 200"]);
  assert.ok(clock.idle);
});

test("a peer that answers the probe is left alone for an interval", () => {
  const { clock, seen, watch } = watched(100);
  clock.moveTo(110);
  watch.heard();
  clock.moveTo(209);
  assert.deepEqual(seen, ["probe at 100"]);
  clock.moveTo(500);
  assert.deepEqual(seen, ["probe at 100", "probe at 210", "dead at 310 after 200"]);
});

test("a peer that speaks is never probed", () => {
  const { clock, seen, watch } = watched(100);
  for (let ms = 50; ms < 1_000; ms += 50) {
    clock.moveTo(ms);
    watch.heard();
  }
  assert.deepEqual(seen, []);
});

test("a peer that works on a long answer is probed once, and dead only after twelve intervals", () => {
  const { clock, seen, watch } = watched(100);
  watch.isPatient = true;
  clock.moveTo(1_199);
  assert.deepEqual(seen, ["probe at 100"]);
  clock.moveTo(2_000);
  assert.deepEqual(seen, ["probe at 100", "dead at 1200 after 1200"]);
});

test("patience ends with the long answer", () => {
  const { clock, seen, watch } = watched(100);
  watch.isPatient = true;
  clock.moveTo(550);
  watch.heard();
  watch.isPatient = false;
  clock.moveTo(2_000);
  assert.deepEqual(seen, ["probe at 100", "probe at 650", "dead at 750 after 200"]);
});

test("nothing is watched without an interval, or once it was stopped", () => {
  assert.ok(watched(0).clock.idle);
  const { clock, watch } = watched(100);
  watch.stop();
  assert.ok(clock.idle);
});
