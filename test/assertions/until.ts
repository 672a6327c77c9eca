import assert from "node:assert/strict";
import { systemClock } from "#src/core/clock.ts";

/** Asks again until it holds, for states that no event tells. Fails after `timeoutMs`, a minute by default. */
export async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const limitMs = systemClock.monotonicMs() + timeoutMs;
  while (!(await holds())) {
    assert.ok(systemClock.monotonicMs() < limitMs, `not within ${timeoutMs / 1_000} s: ${holds.toString()}`);
    await systemClock.sleep(100);
  }
}
