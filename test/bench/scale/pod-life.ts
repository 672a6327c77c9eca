// The part of a run that is the same with our webhook and with one that does nothing: pods come, one of ten goes, others come.
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { Progress } from "#tools/process/progress.ts";
import type { BareRequests } from "../release/bare-requests.ts";
import { type LoadOptions, type LoadResult, quantile, sendAll, untilEmpty } from "./pod-load.ts";
import { deleteRequests, namespaces, type PodNamespace, podRequests } from "./scale-objects.ts";
import { churned, type ScaleSize, windowOf } from "./scale-size.ts";

export interface LifeParts {
  readonly progress: Progress;
  readonly size: ScaleSize;
  readonly kind: "ours" | "plain";
  readonly load: BareRequests;
  /** The client of an administrator. */
  readonly client: ApiClient;
  /** Called after each order of creates, outside the time. */
  readonly afterOrder?: () => Promise<void>;
}

export interface PodLife {
  readonly podsPerSecond: number;
  /** The time from request to reply of a create, of the first pods and of the last ones. */
  readonly firstP99Ms: number;
  readonly lastP99Ms: number;
  /** The times of the replies in the order of the pods, in milliseconds since 1970. */
  readonly repliedAtMs: Readonly<Record<"staying" | "going", readonly number[]>>;
}

/** Pods that nobody counts: programs have compiled their code, and caches are filled, before the measured time. */
export async function warmUpPods(parts: LifeParts): Promise<void> {
  const count = Math.min(2_000, Math.ceil(parts.size.pods / 5));
  await create(parts, namespaces.warm, "warm", count);
  await remove(parts, namespaces.warm, "warm", count);
}

/** Creates all pods: those that go first, then those that stay. */
export async function createAll(parts: LifeParts): Promise<PodLife> {
  const { size, afterOrder } = parts;
  const going = churned(size);
  const options = { perOrder: windowOf(size), ...(afterOrder === undefined ? {} : { afterOrder }) };
  const then = await create(parts, namespaces.staying, "staying", size.pods - going, options);
  const last = await create(parts, namespaces.going, "going", going, options);
  const latenciesMs = [...then.latenciesMs, ...last.latenciesMs];
  const seconds = going / last.perSecond + (size.pods - going) / then.perSecond;
  return {
    podsPerSecond: size.pods / seconds,
    firstP99Ms: quantile(latenciesMs.slice(0, windowOf(size)), 0.99),
    lastP99Ms: quantile(latenciesMs.slice(-windowOf(size)), 0.99),
    repliedAtMs: { staying: then.repliedAtMs, going: last.repliedAtMs },
  };
}

/** Deletes one pod of ten, and resolves with the pods a second until the last one is gone. */
export async function releaseRate(parts: LifeParts, prefix: "going" | "again" = "going"): Promise<number> {
  return remove(parts, namespaces.going, prefix, churned(parts.size));
}

/**
 * The pods that come after those that went. They have other names: kwok deletes a pod by its name and repeats that late, whatever pod has
 * the name then.
 */
export async function createAgain(parts: LifeParts, prefix: "again" | "later" = "again"): Promise<number> {
  return (await create(parts, namespaces.going, prefix, churned(parts.size))).perSecond;
}

export async function create(
  { progress, size, kind, load }: LifeParts,
  namespace: PodNamespace,
  prefix: string,
  count: number,
  options: LoadOptions = {},
): Promise<LoadResult> {
  const requests = (first: number, some: number) => podRequests(size, { namespace, prefix, first, count: some, kind });
  return sendAll(progress, `${kind}: creating ${count} pods (${prefix})`, load, requests, count, options);
}

async function remove(
  { progress, kind, load, client }: LifeParts,
  namespace: PodNamespace,
  prefix: string,
  count: number,
): Promise<number> {
  const startMs = performance.now();
  const requests = (first: number, some: number) => deleteRequests({ namespace, prefix, first, count: some });
  const send = (what: string) => sendAll(progress, `${kind}: ${what}`, load, requests, count, { tolerant: true });
  const { failures } = await send(`deleting ${count} pods (${prefix})`);
  if (failures.length > 0) {
    progress.say(`${failures.length} deletes failed, such as ${failures[0]}`);
    // An API server without a processor left gives calls up, and whoever deletes pods asks again. Pods that are gone are not found then.
    await send("deleting again");
  }
  await progress.during(`${kind}: until they are gone`, () => untilEmpty(client, namespace));
  return count / ((performance.now() - startMs) / 1_000);
}
