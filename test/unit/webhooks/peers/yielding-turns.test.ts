import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { yieldingTurns } from "#webhooks/peers/yielding-turns.ts";

test("a turn that came late makes the next one longer, up to a limit, and a punctual one makes it short again", async () => {
  const clock = new ManualClock();
  const defer = yieldingTurns(clock, 5);
  const nextAfter = async (lateMs: number): Promise<number | undefined> => {
    defer(() => undefined);
    const [waitMs = 0] = clock.waiting();
    clock.jump(waitMs + lateMs);
    await clock.advance(0);
    return waitMs;
  };
  assert.equal(await nextAfter(10), 5);
  assert.equal(await nextAfter(1_000), 25);
  assert.equal(await nextAfter(0), 50);
  assert.equal(await nextAfter(0), 5);
});
