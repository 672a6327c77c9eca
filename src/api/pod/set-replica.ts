import type { PodController } from "./pod-metadata.ts";

/** A pod as a replica of a StatefulSet. */
export interface SetReplica {
  readonly set: string;
  /** It is "" while the set of a manifest is not stored. */
  readonly setUid: string;
  readonly ordinal: number;
  /** The name of the pod. */
  readonly name: string;
}

/** Gives the replica that a pod is: a StatefulSet controls it, and it has the name that such pods have. */
export function replicaOf(name: string | undefined, controller: PodController | undefined): SetReplica | undefined {
  if (name === undefined || controller === undefined || !isStatefulSet(controller)) return undefined;
  const ordinal = name.startsWith(`${controller.name}-`) ? name.slice(controller.name.length + 1) : "";
  if (!/^(?:0|[1-9]\d{0,8})$/.test(ordinal)) return undefined;
  return { set: controller.name, setUid: controller.uid, ordinal: Number(ordinal), name };
}

/** Others have kinds of the same name. */
function isStatefulSet({ apiVersion, kind }: PodController): boolean {
  return kind === "StatefulSet" && apiVersion.startsWith("apps/");
}
