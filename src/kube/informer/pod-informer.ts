import { annotationKeys } from "#src/api/annotation-keys.ts";
import { machineMarks } from "#src/api/pod/machine-pod.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { Informer } from "./informer.ts";
import type { KubeObject } from "../client/kube-object.ts";
import type { ReflectorOptions } from "./reflector.ts";
import { resources } from "../client/resources.ts";

const keys = Object.values(annotationKeys);
const keysOfKind = (kind: "annotation" | "label"): readonly string[] =>
  keys.filter((entry) => entry.kind === kind).map((entry) => entry.key);
const annotations = new Set([...keysOfKind("annotation"), ...machineMarks.annotations]);
const labels = new Set([...keysOfKind("label"), ...machineMarks.labels]);

/** A result is compact JSON of ours, and the name of a claim needs no escape. */
const claimInResult = /"claim":"([^"]+)"/g;

/** Keeps the fields of a pod that we read, and only those labels and annotations that we know. */
export function projectPod(raw: KubeObject): PodMetadata {
  const pod = readPod(raw);
  const { metadata } = pod;
  return {
    ...pod,
    metadata: {
      ...metadata,
      annotations: pick(metadata.annotations, annotations),
      labels: pick(metadata.labels, labels),
    },
  };
}

export interface PodInformerOptions extends Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics"> {
  /** Limits the informer to the pods of this node, for agents. Their first list comes from the API server's cache. */
  readonly nodeName?: string;
}

export type PodIndex = "allocation" | "claim";

/**
 * Makes an informer of the pods with an allocation label. `byIndex("allocation", id)` finds the pods of an allocation, and
 * `byIndex("claim", "namespace/name")` those whose result names an IPAMClaim.
 */
export function createPodInformer(options: PodInformerOptions): Informer<PodMetadata, PodIndex> {
  const { nodeName, ...parts } = options;
  const label = annotationKeys.allocation.key;
  return new Informer({
    ...parts,
    name: "pods",
    resource: resources.pods,
    labelSelector: label,
    fieldSelector: nodeName === undefined ? undefined : `spec.nodeName=${nodeName}`,
    firstList: nodeName === undefined ? "paged" : "cached",
    project: projectPod,
    indexers: {
      allocation({ metadata }) {
        const id = metadata.labels[label];
        return id === undefined ? [] : [id];
      },
      claim({ metadata: { namespace = "", annotations: all } }) {
        const named = all[annotationKeys.result.key]?.matchAll(claimInResult) ?? [];
        return [...named].map(([, claim = ""]) => `${namespace}/${claim}`);
      },
    },
  });
}

function pick(map: Readonly<Record<string, string>>, wanted: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => wanted.has(key)));
}
