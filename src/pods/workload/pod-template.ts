import type { PodController } from "#src/api/pod/pod-metadata.ts";
import { readReplicaRange } from "#src/api/pod/replica-range.ts";
import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";

interface WorkloadKind {
  /** The path of the pod template in the workload. */
  readonly path: readonly string[];
  /** Gives the name under which the workload's controller creates its first pod. */
  readonly naming: (
    workload: string,
    firstOrdinal: number,
  ) => { readonly name: string } | { readonly generateName: string };
}

const generated = (workload: string) => ({ generateName: `${workload}-` });

/** The kinds whose manifest shows what their pods will be. */
const workloadKinds: Readonly<Record<string, WorkloadKind>> = {
  Deployment: { path: ["spec", "template"], naming: generated },
  ReplicaSet: { path: ["spec", "template"], naming: generated },
  StatefulSet: { path: ["spec", "template"], naming: (workload, first) => ({ name: `${workload}-${first}` }) },
  DaemonSet: { path: ["spec", "template"], naming: generated },
  Job: { path: ["spec", "template"], naming: generated },
  CronJob: { path: ["spec", "jobTemplate", "spec", "template"], naming: generated },
};

/**
 * Gives the pod that the object is, or the first pod that its controller would create, with its namespace. Gives undefined
 * for objects without pods, and for workloads without a template.
 */
export function podOf(kind: string, object: JsonObject, defaultNamespace: string): JsonObject | undefined {
  const metadata = objectAt(object, ["metadata"]) ?? {};
  const namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : defaultNamespace;
  if (kind === "Pod") return { ...object, metadata: { ...metadata, namespace } };
  const workload = Object.hasOwn(workloadKinds, kind) ? workloadKinds[kind] : undefined;
  const template = workload && objectAt(object, workload.path);
  if (workload === undefined || template === undefined) return undefined;
  const naming = workload.naming(nameIn(metadata), readReplicaRange(object).start);
  const own = objectAt(template, ["metadata"]) ?? {};
  return { apiVersion: "v1", kind: "Pod", ...template, metadata: { ...own, ...naming, namespace } };
}

/** The workload as the controller of its pods; undefined for a pod. */
export function workloadController(kind: string, object: JsonObject): PodController | undefined {
  if (!Object.hasOwn(workloadKinds, kind)) return undefined;
  const { apiVersion = "" } = object;
  const metadata = objectAt(object, ["metadata"]) ?? {};
  const { uid = "" } = metadata;
  return {
    apiVersion: typeof apiVersion === "string" ? apiVersion : "",
    kind,
    name: nameIn(metadata),
    uid: typeof uid === "string" ? uid : "",
  };
}

function nameIn(metadata: JsonObject): string {
  return typeof metadata["name"] === "string" ? metadata["name"] : "";
}

function objectAt(object: JsonObject, path: readonly string[]): JsonObject | undefined {
  return path.reduce<JsonObject | undefined>((at, name) => {
    const next = at !== undefined && Object.hasOwn(at, name) ? at[name] : undefined;
    return isJsonObject(next) ? next : undefined;
  }, object);
}
