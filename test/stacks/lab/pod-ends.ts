import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** False for a pod that is being deleted. Roll-outs leave such pods of the ReplicaSet before, which drain for a while. */
export function hasNotToEnd({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp === undefined;
}
