import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { type AppError, fromUnknown, hasCode } from "#src/core/errors.ts";

export interface ApiContactOptions {
  readonly clock: Clock;
  /** Monotonic time at which the API server was heard of last; undefined before the first time. */
  readonly heardAtMs: () => number | undefined;
  /** Asks the API server for something small. Rejects when it does not answer. */
  readonly ask: (call: CallOptions) => Promise<unknown>;
  /** Called with the reason when the API server is lost, and with undefined when it is found again. */
  readonly following: (lost: AppError | undefined) => void;
}

const lookMs = 30_000;
/** A bookmark comes about once a minute, where the API server knows the state of a kind. So two of them may be missing. */
const mostSilenceMs = 150_000;
const answerMs = 10_000;

/**
 * Looks until the signal aborts whether the API server is still there, and never rejects. It is asked only after a long silence, because
 * one whose objects do not change may be silent for good reasons.
 */
export async function followApiContact(options: ApiContactOptions, signal: AbortSignal): Promise<void> {
  const { clock, heardAtMs, ask, following } = options;
  let isLost = false;
  for (;;) {
    // A sleep fails only by an abort.
    await clock.sleep(lookMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const nowMs = clock.monotonicMs();
      const isSilent = nowMs - (heardAtMs() ?? nowMs) > mostSilenceMs;
      if (isSilent) await ask({ signal, deadlineMs: nowMs + answerMs });
      if (isLost) following(undefined);
      isLost = false;
    } catch (caught) {
      // The next sleep ends the loop.
      if (hasCode(caught, "Aborted")) continue;
      isLost = true;
      following(fromUnknown(caught));
    }
  }
}
