import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";

/**
 * What of a pod the pod entry reads and patches: its metadata without `managedFields`, and of spec and status what
 * `readPod` looks at. The rest is most of a pod, and a review waits for NB with all that it holds in memory.
 */
export function podView(pod: JsonObject): JsonObject {
  const { metadata, spec, ...rest } = pod;
  if (!isJsonObject(metadata) || !isJsonObject(spec)) return pod;
  const { hostNetwork, nodeName, restartPolicy } = spec;
  return {
    ...rest,
    metadata: { ...metadata, managedFields: undefined },
    spec: { hostNetwork, nodeName, restartPolicy },
  };
}
