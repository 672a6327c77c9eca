import type { Activity, ActivityMinute } from "#src/view/contract/activity.ts";
import type { ToldRefusal } from "./refusal-events.ts";

const minuteMs = 60_000;
const minutes = 60;
const mostRefusals = 100;

/** The numbers of which an Activity is made. */
export interface ActivityFacts {
  readonly nowMs: number;
  readonly allocationsMs: readonly number[];
  readonly releasesMs: readonly number[];
  /** Since when releases are seen. */
  readonly sinceMs: number;
  /** They come newest first. Undefined when they could not be read, for the reason in `unread`. */
  readonly refusals: readonly ToldRefusal[] | undefined;
  readonly unread: string;
  /** The namespaces whose Events were read; undefined stands for all. */
  readonly namespaces: readonly (string | undefined)[];
}

/** The beginning of the oldest minute that is told. */
export function firstMinuteMs(nowMs: number): number {
  return (Math.floor(nowMs / minuteMs) - minutes + 1) * minuteMs;
}

export function tellActivity(facts: ActivityFacts): Activity {
  const { nowMs, allocationsMs, releasesMs, refusals = [] } = facts;
  const beginMs = firstMinuteMs(nowMs);
  const placeOf = (atMs: number): number => Math.floor((atMs - beginMs) / minuteMs);
  const counts = (times: readonly number[]) => Map.groupBy(times, placeOf);
  const [made, released] = [counts(allocationsMs), counts(releasesMs)];
  const refused = Map.groupBy(refusals, ({ atMs }) => placeOf(atMs));
  return {
    countedFrom: sourceOf(facts),
    minutes: Array.from(
      { length: minutes },
      (_, i): ActivityMinute => ({
        at: new Date(beginMs + i * minuteMs).toISOString(),
        allocations: made.get(i)?.length ?? 0,
        releases: released.get(i)?.length ?? 0,
        refusals: byReason(refused.get(i) ?? []),
      }),
    ),
    refusals: refusals.slice(0, mostRefusals).map(({ atMs, reason, message, about }) => {
      return { at: new Date(atMs).toISOString(), reason, message, about };
    }),
  };
}

function byReason(refusals: readonly ToldRefusal[]): Readonly<Record<string, number>> {
  const entries = [...Map.groupBy(refusals, ({ reason }) => reason)].map(([reason, all]) => {
    return [reason, all.reduce((sum, { count }) => sum + count, 0)] as const;
  });
  return Object.fromEntries(entries);
}

function sourceOf({ sinceMs, refusals, unread, namespaces }: ActivityFacts): string {
  const since = new Date(sinceMs).toISOString();
  const named = namespaces.filter((one) => one !== undefined);
  const place = named.length === 0 ? "the cluster" : `the namespaces ${named.join(", ")}`;
  const told =
    refusals === undefined
      ? `refusals are not known: ${unread}`
      : `refusals are counted from Events of ${place}, and repetitions in the minute of the last one`;
  return `Allocations are counted by the times in their ids, and those that were released before ${since} are missing; releases are counted since then; ${told}.`;
}
