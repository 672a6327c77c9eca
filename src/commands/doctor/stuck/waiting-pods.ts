// Finds the pods that wait for our interfaces, among all pods, with what is needed to say why.
import * as z from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type OwnDefinitions, readOwnDefinition } from "#src/api/multus/attachment-definition.ts";
import { definitionKey, parseSelections } from "#src/api/multus/multus-selection.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

const { request, earlyRequest, result, multusNetworks } = annotationKeys;

/** A pod that is on a node, and has no network yet. */
export interface WaitingPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly waitsMs: number;
  /** True when it asks by an annotation of ours. */
  readonly hasRequest: boolean;
  /** True when the webhook has allocated for it. */
  readonly hasResult: boolean;
  /** The definitions that it selects, as `namespace/name`. */
  readonly selects: readonly string[];
}

/** Every pod needs some seconds. */
const usualMs = 10_000;

const state = z.looseObject({
  status: z
    .looseObject({
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), lastTransitionTime: z.string().nullish() }))
        .nullish(),
      containerStatuses: z
        .array(
          z.looseObject({
            state: z.looseObject({ waiting: z.looseObject({ reason: z.string().nullish() }).nullish() }).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

/** The pods that ask for interfaces and have had no network for longer than usual, longest first. */
export function waitingPods(pods: readonly KubeObject[], nowMs: number): readonly WaitingPod[] {
  return pods.flatMap((pod) => waitingPod(pod, nowMs) ?? []).sort((a, b) => b.waitsMs - a.waitsMs);
}

function waitingPod(object: KubeObject, nowMs: number): WaitingPod | undefined {
  const { metadata, spec, status } = readPod(object);
  const { namespace = "", name = "", uid = "", annotations, creationTimestamp = "" } = metadata;
  if (status.phase !== "Pending" || spec.nodeName === undefined || metadata.deletionTimestamp !== undefined) return;
  const hasRequest = request.key in annotations || earlyRequest.key in annotations;
  const selects = readSelections(annotations[multusNetworks.key], namespace);
  if (!hasRequest && selects.length === 0) return;
  const { conditions, containerStatuses } = state.parse(object).status ?? {};
  const scheduled = conditions?.find(({ type }) => type === "PodScheduled");
  const waitsMs = nowMs - Date.parse(scheduled?.lastTransitionTime ?? creationTimestamp);
  // The kubelet says that the sandbox stands, or a container waits for something that comes later, such as its image.
  const isWired = conditions?.some(({ type, status: is }) => type === "PodReadyToStartContainers" && is === "True");
  const waitsForMore = containerStatuses?.some(
    ({ state: at }) => !early.has(at?.waiting?.reason ?? "ContainerCreating"),
  );
  if (!(waitsMs >= usualMs) || isWired === true || waitsForMore === true) return;
  const hasResult = result.key in annotations;
  return { namespace, name, uid, node: spec.nodeName, waitsMs, hasRequest, hasResult, selects };
}

const early: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing"]);

/** Without the selections when nobody can read them: then Multus says so in an Event. */
function readSelections(annotation: string | undefined, namespace: string): readonly string[] {
  try {
    return parseSelections(annotation ?? "", namespace).map(definitionKey);
  } catch {
    return [];
  }
}

const definition = z.looseObject({ spec: z.looseObject({ config: z.string().nullish() }).nullish() });

/** All definitions by `definitionKey`; those of other plugins have no value in `ours`. */
export function readDefinitions(items: readonly KubeObject[]): {
  readonly all: ReadonlySet<string>;
  readonly ours: OwnDefinitions;
} {
  const entries = items.map((item) => {
    const key = definitionKey({ namespace: item.metadata.namespace ?? "", name: item.metadata.name });
    return [key, readOwnDefinition(definition.parse(item).spec?.config)] as const;
  });
  const ours = new Map(entries.flatMap(([key, own]) => (own === undefined ? [] : [[key, own] as const])));
  return { all: new Set(entries.map(([key]) => key)), ours };
}
