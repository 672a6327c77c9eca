import type { ProcessLife } from "./process-lives.ts";
import { drawPlot, type PlotLine, type PlotMark } from "./plot.ts";

/** The numbers between one look and the next. */
export interface DaySample {
  readonly atS: number;
  readonly created: number;
  readonly deleted: number;
  readonly failed: number;
  readonly createMs: readonly number[];
}

/** Draws rates, times of creates, memory and handles over one axis of time. */
export function drawDay(
  samples: readonly DaySample[],
  faults: readonly PlotMark[],
  lives: readonly ProcessLife[],
  seconds: number,
): string {
  const rate = (name: string, of: (sample: DaySample) => number): PlotLine => {
    return { name, points: samples.map((each, n) => [each.atS, of(each) / (each.atS - (samples[n - 1]?.atS ?? 0))]) };
  };
  const time = (name: string, part: number): PlotLine => {
    const some = samples.filter(({ createMs }) => createMs.length > 0);
    return { name, points: some.map(({ atS, createMs }) => [atS, quantile(createMs, part)]) };
  };
  const names = [...new Set(lives.map(({ name }) => name))];
  const usage = (of: "memoryMiB" | "handles"): readonly PlotLine[] =>
    names.map((name) => {
      const usages = lives.filter((life) => life.name === name).flatMap((life) => life.usages);
      return { name, points: usages.sort((a, b) => a.atS - b.atS).map((each) => [each.atS, each[of]]) };
    });
  const rates = [
    rate("created", ({ created }) => created),
    rate("deleted", ({ deleted }) => deleted),
    rate("failed", ({ failed }) => failed),
  ];
  const times = [time("median", 0.5), time("99 of 100", 0.99)];
  return drawPlot(
    `${(seconds / 60).toFixed(0)} minutes; faults, in red: ${faults.length}`,
    [
      { title: "pods", unit: "in a second", lines: rates },
      { title: "time of a create", unit: "ms", lines: times },
      { title: "resident memory", unit: "MiB", lines: usage("memoryMiB") },
      { title: "open handles", unit: "number", lines: usage("handles") },
    ],
    faults,
    seconds,
  );
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
