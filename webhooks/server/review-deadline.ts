/** The API server waits so long when a webhook configuration says nothing, and the configuration may say no more. */
const defaultTimeoutMs = 10_000;
const maxTimeoutMs = 30_000;

/**
 * We end so long before the API server does. The time is for the network, and for `?timeout=`, which the API server rounds
 * up to whole seconds when its whole request has less time left than the webhook's own timeout.
 */
export const defaultMarginMs = 1_000;

/** The margin takes at most this part of a short timeout. */
const maxMarginPart = 0.25;

export interface ReviewDeadlines {
  /** Until then the handler must answer, or give up and roll back by itself. */
  readonly handlerMs: number;
  /** Then the server answers without the handler, and rolls a late answer of the handler back. */
  readonly serverMs: number;
}

/** Gives the deadlines of a review that arrived at `arrivedMs`, on the same scale. `url` is the request target as sent. */
export function reviewDeadlines(url: string, arrivedMs: number, marginMs: number): ReviewDeadlines {
  const timeoutMs = Math.min(maxTimeoutMs, timeoutOf(url) ?? defaultTimeoutMs);
  const margin = Math.min(marginMs, timeoutMs * maxMarginPart);
  const endMs = arrivedMs + timeoutMs;
  return { handlerMs: endMs - margin, serverMs: endMs - margin / 2 };
}

function timeoutOf(url: string): number | undefined {
  const text = /[?&]timeout=([^&]*)/.exec(url)?.[1];
  return text === undefined ? undefined : parseGoDuration(text);
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Gives the milliseconds of a Go duration in h, m, s and ms (`1m30s`, `2.5s`); undefined for any other text. */
export function parseGoDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(text) || text.length > 32) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g);
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ""] ?? 0), 0);
  return total > 0 ? total : undefined;
}
