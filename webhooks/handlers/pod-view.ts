import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";

/**
 * Gives the part of a pod that is read and patched: its metadata without `managedFields`, its status, and the fields of its
 * spec that `readPod` reads. The rest is most of a pod, and a review holds its object in memory while it waits for NB.
 */
export function podView(pod: JsonObject): JsonObject {
  const { metadata, spec, ...rest } = pod;
  if (!isJsonObject(metadata) || !isJsonObject(spec)) return pod;
  const { hostNetwork, nodeName, restartPolicy, nodeSelector } = spec;
  return {
    ...rest,
    metadata: { ...metadata, managedFields: undefined },
    spec: { hostNetwork, nodeName, restartPolicy, ...(nodeSelector === undefined ? {} : { nodeSelector }) },
  };
}
