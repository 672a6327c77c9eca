// Choices that a seed repeats.

/** Gives a number in [0, 1). */
export type Random = () => number;

/** One of them at random. Throws when there is none. */
export function pick<T>(from: readonly T[], random: Random): T {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new Error("there is nothing to choose from");
  return chosen;
}

/** A time in milliseconds, from `least` seconds to `most` seconds. */
export function seconds(least: number, most: number, random: Random): number {
  return (least + random() * (most - least)) * 1_000;
}
