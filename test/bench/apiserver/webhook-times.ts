// Reads from a webhook's metrics how long reviews and their transactions took between two moments.
import { AppError } from "#src/core/errors.ts";

const histograms = {
  reviewMeanMs: "ovn4nfv_admission_duration_seconds",
  transactionMeanMs: "ovn4nfv_nb_transaction_duration_seconds",
} as const;

type Means = Record<keyof typeof histograms, number>;

/** Runs `work`, and returns the means of the times that webhooks observed meanwhile. `scrape` gives their metrics. */
export async function webhookTimes(scrape: () => Promise<string>, work: () => Promise<unknown>): Promise<Means> {
  const before = await scrape();
  await work();
  const after = await scrape();
  const mean = (name: string): number => {
    const since = (suffix: string): number => valueOf(after, name + suffix) - valueOf(before, name + suffix);
    return (1_000 * since("_sum")) / since("_count");
  };
  return { reviewMeanMs: mean(histograms.reviewMeanMs), transactionMeanMs: mean(histograms.transactionMeanMs) };
}

/** Gives the metrics of the process with this operations port. */
export async function scrapePort(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: "close" } });
  if (!response.ok) throw new AppError("Internal", `the webhook's metrics were answered with ${response.status}`);
  return response.text();
}

/** The sum over all labels and processes. A metric that was never observed is not shown, and counts 0. */
function valueOf(text: string, name: string): number {
  const lines = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)$`, "gm"));
  return lines.reduce((sum, [, value]) => sum + Number(value), 0);
}
