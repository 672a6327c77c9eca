import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type NamedPort, readNamedPorts } from "#src/api/pod/named-ports.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type AskedRoute, routesInResult } from "./asked-routes.ts";

/** A pod with interfaces of ours, as far as the controllers look at it that do something for selected pods. */
export interface NetworkedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The allocation that its label names. It counts only where ports of it are bound to this pod. */
  readonly allocation: string;
  /** It is empty before the pod has a node. */
  readonly node: string;
  /** True while its condition Ready holds, which it also does for a while when the pod is being deleted. */
  readonly ready: boolean;
  /** True for a pod that is being deleted. */
  readonly ending: boolean;
  /** True for a pod that will not run again. */
  readonly finished: boolean;
  readonly ports: readonly NamedPort[];
  /** The routes that it has asked for. */
  readonly routes: readonly AskedRoute[];
}

const specSchema = z.looseObject({ nodeName: z.string().nullish() });
const statusSchema = z.looseObject({
  phase: z.string().nullish(),
  conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).nullish(),
});

/** Keeps only the fields that are read, and takes what cannot be read for absent. */
export function projectNetworkedPod(raw: KubeObject): NetworkedPod {
  const { name, namespace = "", uid, labels = {}, annotations = {} } = raw.metadata;
  const { creationTimestamp, deletionTimestamp } = raw.metadata;
  const { phase, conditions } = statusSchema.safeParse(raw["status"]).data ?? {};
  return {
    namespace,
    name,
    uid,
    createdAt: typeof creationTimestamp === "string" ? creationTimestamp : "",
    labels,
    allocation: labels[annotationKeys.allocation.key] ?? "",
    node: specSchema.safeParse(raw["spec"]).data?.nodeName ?? "",
    ready: (conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True"),
    ending: deletionTimestamp !== undefined,
    finished: phase === "Succeeded" || phase === "Failed",
    ports: readNamedPorts(raw["spec"]),
    routes: routesInResult(annotations[annotationKeys.result.key]),
  };
}

/** True while the pod is to get traffic, as for a Service. */
export function isServing({ ready, ending }: Pick<NetworkedPod, "ready" | "ending">): boolean {
  return ready && !ending;
}

/** False for a pod that has ended or is being deleted. */
export function lives({ ending, finished }: Pick<NetworkedPod, "ending" | "finished">): boolean {
  return !ending && !finished;
}

/** True when two states of a pod are the same in these fields. Most updates of a pod change nothing that a controller reads. */
export function isAlikeIn(fields: readonly (keyof NetworkedPod)[], a: NetworkedPod, b: NetworkedPod): boolean {
  return fields.every((field) => isDeepStrictEqual(a[field], b[field]));
}
