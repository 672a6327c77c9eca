// The times that webhooks measure themselves, as a quantile over all replicas between two moments.
import type { WebhookProcess } from "#lab/webhook/webhook-process.ts";

/** Reviews that took at most so many seconds, by that bound. */
export type Buckets = ReadonlyMap<number, number>;

/** Adds up the histogram of the replicas. A replica that was started anew begins from nothing. */
export async function readBuckets(replicas: readonly WebhookProcess[]): Promise<Buckets> {
  const sum = new Map<number, number>();
  for (const replica of replicas.filter(({ process }) => process.running)) {
    for (const [labels, count] of await replica.metric("ovn4nfv_admission_duration_seconds_bucket")) {
      const bound = Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace("+Inf", "Infinity"));
      sum.set(bound, (sum.get(bound) ?? 0) + count);
    }
  }
  return sum;
}

/** The quantile as `histogram_quantile` of Prometheus computes it: on a straight line inside its bucket. */
export function quantileMs(from: Buckets, to: Buckets, q: number): number {
  const bounds = [...to.keys()].sort((a, b) => a - b);
  const count = (bound: number): number => (to.get(bound) ?? 0) - (from.get(bound) ?? 0);
  const rank = q * count(bounds.at(-1) ?? Number.POSITIVE_INFINITY);
  let [lower, below] = [0, 0];
  for (const bound of bounds) {
    const here = count(bound);
    if (here >= rank) {
      if (bound === Number.POSITIVE_INFINITY) return 1_000 * lower;
      return 1_000 * (lower + ((bound - lower) * (rank - below)) / Math.max(1, here - below));
    }
    [lower, below] = [bound, here];
  }
  return Number.NaN;
}
