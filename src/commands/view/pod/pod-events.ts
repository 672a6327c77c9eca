import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { PodStoryEvent } from "#src/view/contract/pod-story.ts";

const text = z.string().nullish();
const eventSchema = z.looseObject({
  type: text,
  reason: text,
  message: text,
  count: z.number().nullish(),
  firstTimestamp: text,
  lastTimestamp: text,
  eventTime: text,
  series: z.looseObject({ count: z.number().nullish(), lastObservedTime: text }).nullish(),
  source: z.looseObject({ component: text }).nullish(),
  reportingComponent: text,
  involvedObject: z.looseObject({ kind: text, namespace: text, name: text }).nullish(),
});

/** An Event with the object that it is about. */
export interface ReadEvent extends PodStoryEvent {
  /** Kind and name, as `Pod shop/web-0`. */
  readonly about: string;
}

/** Selects the Events that tell of something that is not well. */
export const warningsAlone = "type=Warning";

/** Reads the Events of a UID, or the warnings of a namespace or of all namespaces, oldest first. */
export async function readEvents(
  client: ApiClient,
  {
    namespace,
    ...of
  }: { readonly namespace: string | undefined } & ({ readonly uid: string } | { readonly type: "Warning" }),
  call: CallOptions,
): Promise<readonly ReadEvent[]> {
  const fieldSelector = "uid" in of ? `involvedObject.uid=${of.uid}` : warningsAlone;
  const { items } = await new ResourceApi(client, resources.events).list({ namespace, fieldSelector }, call);
  return items.map(projectEvent).sort((a, b) => (a.at ?? "").localeCompare(b.at ?? ""));
}

export function projectEvent(raw: unknown): ReadEvent {
  const event = eventSchema.parse(raw);
  const at = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp;
  const { kind, namespace, name } = event.involvedObject ?? {};
  return {
    ...(at === undefined || at === null ? {} : { at }),
    type: event.type ?? "",
    reason: event.reason ?? "",
    message: event.message ?? "",
    count: event.series?.count ?? event.count ?? 1,
    from: event.reportingComponent || event.source?.component || "",
    about: `${kind ?? ""} ${namespace ? `${namespace}/` : ""}${name ?? ""}`,
  };
}
