// Counts what was given, given back and refused in each minute of the last hour.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
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

/** Gives the allocations that pods have, also pods that a viewer may not see. */
export function allocationsAmong(ids: ReadonlySet<string>, pods: readonly PodMetadata[]): ReadonlySet<string> {
  const held = new Set(pods.map(({ metadata }) => metadata.labels[annotationKeys.allocation.key]));
  return new Set([...ids].filter((id) => held.has(id)));
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

  /**
   * Takes the ids of all allocations that there are. `stillHeld` is asked which of those that are gone are only no longer shown,
   * such as by a right that was taken away: these were not released.
   */
  observe(
    ids: Iterable<string>,
    nowMs: number,
    stillHeld: (gone: ReadonlySet<string>) => ReadonlySet<string> = () => new Set(),
  ): void {
    const now = new Set(ids);
    for (const id of now) {
      const madeMs = this.#there.has(id) ? undefined : timeOfAllocation(id);
      // A time that is to come would never be over: clocks differ, and an id is a label that others may write.
      if (madeMs !== undefined && madeMs > nowMs - hourMs) this.#madeMs.set(id, Math.min(madeMs, nowMs));
    }
    const gone = new Set([...this.#there].filter((id) => !now.has(id)));
    const hidden = gone.size === 0 ? gone : stillHeld(gone);
    for (const id of gone) if (!hidden.has(id)) this.#releasedMs.push(nowMs);
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
