import type { ActivityMinute } from "#src/view/contract/activity.ts";

export type SeriesName = "allocations" | "releases" | "refusals";

/** Columns for a plot: the times in seconds, and a row of numbers for each series. */
export interface PlotData {
  readonly names: readonly SeriesName[];
  readonly columns: readonly [times: number[], ...values: number[][]];
}

export function plotOf(minutes: readonly ActivityMinute[], names: readonly SeriesName[]): PlotData {
  const times = minutes.map(({ at }) => Date.parse(at) / 1_000);
  return { names, columns: [times, ...names.map((name) => minutes.map((minute) => valueOf(minute, name)))] };
}

/** The sums of the hour. */
export function totalsOf(minutes: readonly ActivityMinute[]): Readonly<Record<SeriesName, number>> {
  const sum = (name: SeriesName): number => minutes.reduce((before, minute) => before + valueOf(minute, name), 0);
  return { allocations: sum("allocations"), releases: sum("releases"), refusals: sum("refusals") };
}

/** The reasons of the hour with their numbers, the most frequent first. */
export function reasonsOf(minutes: readonly ActivityMinute[]): readonly (readonly [reason: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { refusals } of minutes) {
    for (const [reason, count] of Object.entries(refusals)) counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
}

function valueOf(minute: ActivityMinute, name: SeriesName): number {
  if (name !== "refusals") return minute[name];
  return Object.values(minute.refusals).reduce((sum, count) => sum + count, 0);
}
