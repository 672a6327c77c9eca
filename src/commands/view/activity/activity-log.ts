// Counts what was given, given back and refused in each minute of the last hour.
import type { ViewItem } from "#src/view/contract/view-item.ts";

const hourMs = 3_600_000;
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** The digits of a ULID that are its time in milliseconds. */
const timeDigits = 10;

/** The time at which an allocation was made, which its id begins with (ULID specification); undefined for an id of another form. */
export function timeOfAllocation(id: string): number | undefined {
  let ms = 0;
  for (const digit of id.slice(0, timeDigits)) {
    const value = digits.indexOf(digit);
    if (value < 0) return undefined;
    ms = ms * digits.length + value;
  }
  return id.length < timeDigits ? undefined : ms;
}

/** The ids of the allocations that pods of the page have. */
export function allocationsOf(items: readonly ViewItem[]): readonly string[] {
  return items.flatMap((item) => (item.kind === "pod" && item.allocation !== undefined ? [item.allocation] : []));
}

/** Sees which allocations there are, and remembers for an hour when each was made and when it was no longer there. */
export class ActivityLog {
  /** The time since when releases are seen. */
  readonly sinceMs: number;
  #there: ReadonlySet<string> = new Set();
  /** The allocations of the last hour, with those that are gone. */
  readonly #madeMs = new Map<string, number>();
  #releasedMs: number[] = [];

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
  }

  /** Takes the ids of all allocations that there are. */
  observe(ids: Iterable<string>, nowMs: number): void {
    const now = new Set(ids);
    for (const id of now) {
      const madeMs = this.#there.has(id) ? undefined : timeOfAllocation(id);
      if (madeMs !== undefined && madeMs > nowMs - hourMs) this.#madeMs.set(id, madeMs);
    }
    for (const id of this.#there) if (!now.has(id)) this.#releasedMs.push(nowMs);
    this.#there = now;
    this.#forget(nowMs);
  }

  allocationsMs(nowMs: number): readonly number[] {
    this.#forget(nowMs);
    return [...this.#madeMs.values()];
  }

  releasesMs(nowMs: number): readonly number[] {
    this.#forget(nowMs);
    return this.#releasedMs;
  }

  #forget(nowMs: number): void {
    const beginMs = nowMs - hourMs;
    for (const [id, ms] of this.#madeMs) if (ms <= beginMs) this.#madeMs.delete(id);
    this.#releasedMs = this.#releasedMs.filter((ms) => ms > beginMs);
  }
}
