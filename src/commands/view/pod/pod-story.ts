import * as z from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isRunning, storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { projectPod } from "#src/kube/informer/pod-informer.ts";
import type { PodStory, PodStoryEvent, PodStoryPort, StoryFinding } from "#src/view/contract/pod-story.ts";
import type { ViewPod } from "#src/view/contract/view-item.ts";
import { readStuckPods } from "../../doctor/stuck/read-stuck.ts";
import { judgeWaitingPods } from "../../doctor/stuck/user-checks.ts";
import { waitingPods } from "../../doctor/stuck/waiting-pods.ts";
import { type Read, read } from "../../doctor/read.ts";
import { given } from "../items/readiness.ts";
import type { ShownPort } from "../items/pod-items.ts";
import { timeOfAllocation } from "../activity/activity-log.ts";
import { readEvents } from "./pod-events.ts";
import { podSteps, type SinceWhen, type StepFacts } from "./pod-steps.ts";
import type { SeenTimes } from "./seen-steps.ts";
import { annotationWrittenAt } from "./written-at.ts";

export interface PodStoryParts {
  /** The pod as the page shows it. */
  readonly pod: ViewPod;
  /** Undefined where the cluster is not read. */
  readonly client: ApiClient | undefined;
  /** The ports of the pod's allocation; undefined where the Northbound database is not read. */
  readonly ports: readonly ShownPort[] | undefined;
  readonly nowMs: number;
  /** The steps of the database, as far as this program saw them. */
  readonly seen?: SeenTimes;
}

/** The newest Events that are told. */
const mostEvents = 50;
const asking = [annotationKeys.request.key, annotationKeys.earlyRequest.key, annotationKeys.multusNetworks.key];

/** Tells the way of a pod. A part that cannot be read is named, and everything else is told all the same. */
export async function tellPod(parts: PodStoryParts, call: CallOptions): Promise<PodStory> {
  const { pod, client, ports } = parts;
  const { namespace = "", name } = pod;
  const none = { why: "no cluster is read" };
  const object: Read<KubeObject | undefined> =
    client === undefined
      ? none
      : await read(() => new ResourceApi(client, resources.pods).find({ namespace, name }, call));
  const raw = "value" in object ? object.value : undefined;
  const events: Read<readonly PodStoryEvent[]> =
    client === undefined || raw === undefined
      ? none
      : await read(async () =>
          (await readEvents(client, { namespace, uid: raw.metadata.uid }, call)).slice(-mostEvents),
        );
  const told = "value" in events ? events.value.map(withoutObject) : [];
  const findings = await findingsOf(parts, raw, call);
  return {
    pod,
    request: asking.flatMap((key) => {
      const value = raw?.metadata.annotations?.[key];
      return value === undefined ? [] : [{ annotation: key, value }];
    }),
    ...resultOf(raw),
    steps: podSteps(stepFacts(raw, parts, told)),
    ...given("ports", ports && portsOf(pod, ports)),
    events: told,
    findings,
    unread: [object, events]
      .flatMap((one) => ("why" in one ? [one.why] : []))
      .filter((why, i, all) => all.indexOf(why) === i),
  };
}

/** The page is told of one pod, so that no Event needs to name it. */
function withoutObject({ at, type, reason, message, count, from }: PodStoryEvent): PodStoryEvent {
  return { ...given("at", at), type, reason, message, count, from };
}

const conditionsSchema = z.looseObject({
  status: z
    .looseObject({
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), lastTransitionTime: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});

function stepFacts(
  raw: KubeObject | undefined,
  { pod: { state, allocation }, ports, seen }: PodStoryParts,
  events: readonly PodStoryEvent[],
): StepFacts {
  const conditions = conditionsSchema.safeParse(raw).data?.status?.conditions ?? [];
  const since = (type: string): SinceWhen => {
    const found = conditions.find((one) => one.type === type);
    return { holds: found?.status === "True", at: found?.lastTransitionTime ?? undefined };
  };
  const created = raw?.metadata["creationTimestamp"];
  return {
    allocatedAt: textOf(allocation === undefined ? undefined : timeOfAllocation(allocation)),
    attachedAt: raw && annotationWrittenAt(raw, annotationKeys.multusStatus.key),
    wired: since(annotationKeys.networksReady.key),
    seen: { boundAt: textOf(seen?.boundMs), upAt: textOf(seen?.upMs) },
    createdAt: typeof created === "string" ? created : undefined,
    hasResult: raw === undefined ? state !== "waiting" : annotationKeys.result.key in (raw.metadata.annotations ?? {}),
    scheduled: since("PodScheduled"),
    sandbox: since("PodReadyToStartContainers"),
    isRunning: raw !== undefined && isRunning(projectPod(raw)),
    fault: events.findLast(({ type, reason }) => type === "Warning" && reason === "FailedCreatePodSandBox")?.message,
    ports: ports && {
      count: ports.length,
      areBound: ports.every(({ owner }) => owner.podUid !== ""),
      areUp: ports.every(({ up }) => up === true),
    },
  };
}

function textOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function resultOf(raw: KubeObject | undefined): Pick<PodStory, "result"> {
  const result = raw === undefined ? [] : storedResultOf(projectPod(raw));
  if (result.length === 0) return {};
  return {
    result: result.map((one) => ({
      name: one.interface,
      network: one.network,
      port: one.port,
      addresses: one.ip_address,
      mac: one.mac_address,
      gateways: one.gateway_ip,
      ...given("mtu", one.mtu),
      routes: (one.routes ?? []).map(({ dst, gw }) => ({ dst, ...given("gateway", gw) })),
    })),
  };
}

function portsOf({ interfaces }: ViewPod, ports: readonly ShownPort[]): readonly PodStoryPort[] {
  return interfaces.map(({ name: own, port }) => {
    const row = ports.find(({ name }) => name === port);
    const northbound = row && { ...given("network", row.network), addresses: row.addresses, ...given("up", row.up) };
    return { name: port, interface: own, ...given("northbound", northbound) };
  });
}

const cures: Readonly<Partial<Record<ViewPod["state"], string>>> = {
  differs: "see `ovn4nfv check`, which names the difference; create the pod again, or give the port back what it had",
  missing: "create the pod again: `ovn4nfv check` tells whether others are concerned",
  orphan: "`ovn4nfv check --repair` removes ports whose pod is gone",
};

async function findingsOf(
  { pod, client, nowMs }: PodStoryParts,
  raw: KubeObject | undefined,
  call: CallOptions,
): Promise<readonly StoryFinding[]> {
  const { namespace = "", name, message, state, ready } = pod;
  const says = `${namespace}/${name}: ${message ?? ""}`;
  const cure = cures[state] ?? "see the line chassis of `ovn4nfv doctor`, and ovn-controller of the node";
  const own: readonly StoryFinding[] = ready === "no" ? [{ check: "pods", health: "failed", says, cure }] : [];
  if (client === undefined || raw === undefined) return own;
  const waiting = waitingPods([raw], nowMs);
  const stuckPods = await read(() => readStuckPods(client, waiting, call));
  const unread = { why: "not asked" };
  const judged = waiting.length === 0 ? [] : judgeWaitingPods({ stuckPods, definition: unread, agents: unread });
  return [
    ...own,
    ...judged.map(({ check, health, says: what, cure: how }) => ({ check, health, says: what, cure: how })),
  ];
}
