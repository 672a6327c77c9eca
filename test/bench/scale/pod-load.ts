import { systemClock } from "#src/core/clock.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { Progress } from "#tools/process/progress.ts";
import type { BareAnswer, BareRequest, BareRequests } from "../release/bare-requests.ts";
import { podsPath } from "./scale-objects.ts";

const lookMs = 200;
const emptyWithinMs = 900_000;

export interface LoadResult {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
  readonly repliedAtMs: readonly number[];
  readonly failures: readonly string[];
}

export interface LoadOptions {
  /** Requests may fail. */
  readonly tolerant?: boolean;
  /** Requests in one order; a thousand by default. */
  readonly perOrder?: number;
  /** Called after each order, outside the time. */
  readonly afterOrder?: () => Promise<void>;
  /** Functions that run beside the requests, each when so many orders were sent. */
  readonly beside?: Readonly<Record<number, () => Promise<void>>>;
}

/** Sends requests in orders, tells how it goes, and adds up the time of the orders. */
export async function sendAll(
  progress: Progress,
  what: string,
  client: BareRequests,
  requests: (first: number, count: number) => readonly BareRequest[],
  total: number,
  { tolerant = false, perOrder = 1_000, afterOrder, beside = {} }: LoadOptions = {},
): Promise<LoadResult> {
  const answers: BareAnswer[] = [];
  const running: Promise<void>[] = [];
  let ms = 0;
  await progress.during(what, async (detail) => {
    for (let done = 0; done < total; done += perOrder) {
      const event = beside[done / perOrder];
      if (event !== undefined) running.push(event());
      const answer = await client.send(requests(done, Math.min(perOrder, total - done)), { tolerant });
      ms += answer.ms;
      answers.push(answer);
      await afterOrder?.();
      detail(`${done + answer.uids.length} of ${total}, ${Math.round((1_000 * answer.uids.length) / answer.ms)}/s now`);
    }
    await Promise.all(running);
  });
  return {
    perSecond: total / (ms / 1_000),
    latenciesMs: answers.flatMap(({ latenciesMs }) => latenciesMs),
    repliedAtMs: answers.flatMap(({ repliedAtMs }) => repliedAtMs),
    failures: answers.flatMap(({ failures }) => failures),
  };
}

/** Waits until a namespace has no pod. The API server counts what is left of a list after its first item. */
export async function untilEmpty(client: ApiClient, namespace: string): Promise<void> {
  const limitMs = systemClock.monotonicMs() + emptyWithinMs;
  for (;;) {
    const left = await podsLeft(client, namespace);
    if (left === 0) return;
    if (systemClock.monotonicMs() > limitMs) throw new Error(`${left} pods of ${namespace} are still there`);
    await systemClock.sleep(lookMs);
  }
}

async function podsLeft(client: ApiClient, namespace: string): Promise<number> {
  const query = { limit: 1 };
  const list = (await client.request({ method: "GET", path: podsPath(namespace), query })) as {
    readonly items: readonly unknown[];
    readonly metadata: { readonly remainingItemCount?: number };
  };
  return list.items.length + (list.metadata.remainingItemCount ?? 0);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
