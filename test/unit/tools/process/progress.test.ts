import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { Progress } from "#tools/process/progress.ts";

function steppedClock(): { clock: Clock; advance: (ms: number) => void } {
  let nowMs = 0;
  let due: { atMs: number; fn: () => void } | undefined;
  const clock: Clock = {
    ...systemClock,
    monotonicMs: () => nowMs,
    after(ms, fn) {
      due = { atMs: nowMs + ms, fn };
      return () => {
        due = undefined;
      };
    },
  };
  const advance = (ms: number): void => {
    nowMs += ms;
    if (due !== undefined && due.atMs <= nowMs) due.fn();
  };
  return { clock, advance };
}

describe("progress", () => {
  it("shows begin, sign of life with the last detail, and the time taken", async () => {
    const lines: string[] = [];
    const { clock, advance } = steppedClock();
    const progress = new Progress((line) => lines.push(line), clock);
    const result = await progress.during("building", (detail) => {
      advance(4_000);
      detail("go: downloading x");
      advance(6_000);
      return Promise.resolve(7);
    });
    advance(60_000);
    assert.equal(result, 7);
    assert.deepEqual(lines, [
      "[   0.0 s] building",
      "[  10.0 s] building: 10.0 s, go: downloading x",
      "[  10.0 s] building: done in 10.0 s",
    ]);
  });

  it("does not print the end of short work", async () => {
    const lines: string[] = [];
    const { clock, advance } = steppedClock();
    const progress = new Progress((line) => lines.push(line), clock);
    const takes = (ms: number) => (): Promise<void> => {
      advance(ms);
      return Promise.resolve();
    };
    await progress.during("one", takes(2_000), 3_000);
    await progress.during("two", takes(4_000), 3_000);
    assert.deepEqual(lines, ["[   0.0 s] one", "[   2.0 s] two", "[   6.0 s] two: done in 4.0 s"]);
  });
});
