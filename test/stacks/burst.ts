import { systemClock } from "#src/core/clock.ts";

/** The result of one call of a burst. Times are on the monotonic clock. */
export interface Outcome<T> {
  readonly number: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly value: T | undefined;
  readonly error: unknown;
}

export interface BurstOptions {
  readonly count: number;
  readonly concurrency: number;
  /** Functions that run beside the burst, each when so many calls have ended. */
  readonly after?: Readonly<Record<number, () => Promise<void>>>;
}

/** Makes `count` calls, `concurrency` at a time, whatever the result of each, and waits for the functions beside them. */
export async function burst<T>(
  { count, concurrency, after = {} }: BurstOptions,
  call: (number: number) => Promise<T>,
): Promise<readonly Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  const beside: Promise<void>[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const number = next;
      next += 1;
      const startedMs = systemClock.monotonicMs();
      let value: T | undefined;
      let error: unknown;
      try {
        value = await call(number);
      } catch (caught) {
        error = caught;
      }
      outcomes.push({ number, startedMs, endedMs: systemClock.monotonicMs(), value, error });
      const event = after[outcomes.length];
      if (event !== undefined) beside.push(event());
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  await Promise.all(beside);
  return outcomes;
}

/** The calls that failed. */
export function failed<T>(outcomes: readonly Outcome<T>[]): readonly Outcome<T>[] {
  return outcomes.filter(({ error }) => error !== undefined);
}

/** The errors for a message: each different error once, with its number. */
export function tellErrors(outcomes: readonly Outcome<unknown>[]): string {
  const counts = Map.groupBy(failed(outcomes), ({ error }) =>
    String(error).replaceAll(/\/[\w-]+\?|[\w-]+: admission/g, "…"),
  );
  return [...counts].map(([text, { length }]) => `${length} × ${text}`).join("\n");
}
