/** Numbers in [0, 1). They are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of a run: SEED when it is set, otherwise a new one. Print it. */
export function chooseSeed(env: NodeJS.ProcessEnv = process.env): number {
  const given = Number(env["SEED"]);
  return Number.isInteger(given) && env["SEED"] !== undefined && env["SEED"] !== ""
    ? given
    : Math.floor(Math.random() * 2 ** 31);
}
