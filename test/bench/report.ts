import type { Progress } from "#tools/process/progress.ts";

/** The result of a bench. The project promises the ratios; they were computed from the figures. */
export interface BenchReport {
  readonly name: string;
  readonly ratios: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** Measures pairs in turn, so that both see the same conditions. Returns the median of the ratios, and of each side. */
export async function inTurn(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ readonly ratio: number; readonly ours: number; readonly theirs: number }> {
  const pairs: { readonly ours: number; readonly theirs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0;
    const a = first ? await ours() : await theirs();
    const b = first ? await theirs() : await ours();
    pairs.push(first ? { ours: a, theirs: b } : { ours: b, theirs: a });
  }
  return {
    ratio: median(pairs.map((pair) => pair.ours / pair.theirs)),
    ours: median(pairs.map((pair) => pair.ours)),
    theirs: median(pairs.map((pair) => pair.theirs)),
  };
}

/** Rounds to three significant digits, because more would be noise. */
export function rounded(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value.toPrecision(3))]));
}

/** Says figures before the report, so that a long bench that fails later has told them. */
export function sayFigures(progress: Progress, figures: Readonly<Record<string, number>>): void {
  progress.say(JSON.stringify(rounded(figures)));
}
