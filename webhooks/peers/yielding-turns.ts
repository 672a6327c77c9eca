import type { Clock } from "#src/core/clock.ts";

/** When a turn comes late, the thread is busy, and the next one comes so many times the delay later. */
const lagFactor = 2;
const maxTurnMs = 50;

/** Makes turns of `turnMs` that become longer while the thread has no time, so that others get what there is of it. */
export function yieldingTurns(clock: Clock, turnMs: number): (turn: () => void) => void {
  let lagMs = 0;
  return (turn) => {
    const begunMs = clock.monotonicMs();
    const waitMs = Math.min(maxTurnMs, turnMs + lagMs * lagFactor);
    clock.after(waitMs, () => {
      lagMs = Math.max(0, clock.monotonicMs() - begunMs - waitMs);
      turn();
    });
  };
}
