import type { CallOptions } from "#src/core/deadline.ts";
import type { Activity } from "#src/view/contract/activity.ts";
import type { PodStory } from "#src/view/contract/pod-story.ts";
import type { ViewPod } from "#src/view/contract/view-item.ts";
import { PageFaultError } from "#src/view/server/page-faults.ts";
import type { ViewAnswers } from "#src/view/server/page-viewer.ts";
import type { CommandContext } from "../command.ts";
import { read } from "../doctor/read.ts";
import { traceBetween } from "../trace/trace-between.ts";
import type { ActivityLog } from "./activity/activity-log.ts";
import { refusalsOf } from "./activity/refusal-events.ts";
import { firstMinuteMs, tellActivity } from "./activity/tell-activity.ts";
import { given, viewKey } from "./items/readiness.ts";
import { shownPorts } from "./items/pod-items.ts";
import type { LiveView } from "./live-view.ts";
import { readEvents } from "./pod/pod-events.ts";
import { tellPod } from "./pod/pod-story.ts";
import type { SeenSteps } from "./pod/seen-steps.ts";
import { networkSpace } from "./space/network-space.ts";
import { traceQuestion } from "./trace-question.ts";
import type { ViewSources } from "./view-sources.ts";

export interface AnswerParts {
  readonly context: Pick<CommandContext<"view">, "config" | "clock" | "logger">;
  readonly sources: Pick<ViewSources, "nb" | "client" | "clusterUid">;
  readonly view: Pick<LiveView, "get">;
  readonly log: ActivityLog;
  readonly steps?: Pick<SeenSteps, "of">;
  /** The namespaces whose Events tell of refusals, where they are not those of the flags. */
  readonly eventNamespaces?: (call: CallOptions) => Promise<readonly (string | undefined)[]>;
}

/** Answers what the page asks about one object, each time from what is there at that moment. */
export function viewAnswers(parts: AnswerParts): ViewAnswers {
  const { context, sources } = parts;
  const { config, clock, logger } = context;
  const within = (signal: AbortSignal): CallOptions => ({ signal, deadlineMs: clock.monotonicMs() + config.timeoutMs });
  return {
    network: (name, query) => Promise.try(() => networkSpace(mustRead(sources.nb), name, query)),
    pod: (namespace, name, signal) => answerPod(parts, viewKey("pod", namespace, name), within(signal)),
    trace: async (query, signal) => {
      const { client, clusterUid: uid } = sources;
      const cluster = client && { client, uid };
      const question = traceQuestion(query, config.namespace);
      return traceBetween({ config, clock, logger, nb: mustRead(sources.nb), cluster }, question, within(signal));
    },
    activity: (signal) => answerActivity(parts, within(signal)),
  };
}

async function answerPod(
  { context, sources, view, steps }: AnswerParts,
  key: string,
  call: CallOptions,
): Promise<PodStory> {
  const pod = view.get(key);
  if (pod?.kind !== "pod")
    throw new PageFaultError("NotFound", "there is no pod of this name with an interface of ours");
  const { nb, client, clusterUid } = sources;
  const ports = nb && portsOf(pod, shownPorts(nb, clusterUid));
  const seen = steps?.of(pod.allocation);
  return tellPod({ pod, client, ports, nowMs: context.clock.now(), ...given("seen", seen) }, call);
}

function portsOf({ allocation }: ViewPod, ports: ReturnType<typeof shownPorts>) {
  return allocation === undefined ? [] : ports.filter(({ owner }) => owner.allocation === allocation);
}

async function answerActivity(parts: AnswerParts, call: CallOptions): Promise<Activity> {
  const { context, sources, log } = parts;
  const { clock, config } = context;
  const { client } = sources;
  const nowMs = clock.now();
  const events =
    client === undefined
      ? { why: "no cluster is read" }
      : await read(async () => {
          const namespaces = (await parts.eventNamespaces?.(call)) ?? [config.namespace];
          const all = namespaces.map((namespace) => readEvents(client, { namespace, type: "Warning" }, call));
          return { namespaces, told: (await Promise.all(all)).flat() };
        });
  return tellActivity({
    nowMs,
    allocationsMs: log.allocationsMs(nowMs),
    releasesMs: log.releasesMs(nowMs),
    sinceMs: log.sinceMs,
    refusals: "value" in events ? refusalsOf(events.value.told, firstMinuteMs(nowMs)) : undefined,
    namespaces: "value" in events ? events.value.namespaces : [],
    unread: "why" in events ? events.why : "",
  });
}

function mustRead<T>(nb: T | undefined): T {
  if (nb === undefined) throw new PageFaultError("NoDatabase");
  return nb;
}
