/** What the API server waits when a webhook configuration says nothing, and the most it may say. */
const defaultTimeoutMs = 10_000;
const maxTimeoutMs = 30_000;

/**
 * How long before the API server's end we end: the network, and the API server's rounding up of `?timeout=` to whole
 * seconds when the time left of the whole request is shorter than the webhook's own timeout.
 */
export const defaultMarginMs = 1_000;

/** Of a short timeout the margin takes no more than this part. */
const maxMarginPart = 0.25;

export interface ReviewDeadlines {
  /** After this the handler undoes and gives up by itself. */
  readonly handlerMs: number;
  /** After this the edge answers without the handler, whose late answer is undone. */
  readonly edgeMs: number;
}

/** The deadlines of a review that arrived at `arrivedMs`, on the same scale; `url` is the request target as sent. */
export function reviewDeadlines(url: string, arrivedMs: number, marginMs: number): ReviewDeadlines {
  const timeoutMs = Math.min(maxTimeoutMs, timeoutOf(url) ?? defaultTimeoutMs);
  const margin = Math.min(marginMs, timeoutMs * maxMarginPart);
  const endMs = arrivedMs + timeoutMs;
  return { handlerMs: endMs - margin, edgeMs: endMs - margin / 2 };
}

function timeoutOf(url: string): number | undefined {
  const text = /[?&]timeout=([^&]*)/.exec(url)?.[1];
  return text === undefined ? undefined : parseGoDuration(text);
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Milliseconds of a Go duration in h, m, s and ms (`1m30s`, `2.5s`); undefined for anything else and for nothing. */
export function parseGoDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(text) || text.length > 32) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g);
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ""] ?? 0), 0);
  return total > 0 ? total : undefined;
}
