import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";
import type { DecideChange, DecidePod } from "#src/pods/pod-decision.ts";
import { podTokenSubject } from "#src/tokens/pod-token.ts";
import type { ResultSigner } from "#src/tokens/token.ts";

const { allocation, covered, multusNetworks, result, token } = annotationKeys;

/**
 * Decides about the manifest of a pod that is stored, whose selections somebody has changed, as about that change. The stored pod is made of
 * the manifest: the annotation that its result covers is there beside the result. Nobody can verify the result here, so it is believed.
 * Everything else goes to `decide`.
 */
export function decideStoredPods(decide: DecidePod, byChange: DecideChange, signer: ResultSigner): DecidePod {
  return (created, call) => {
    const before = storedBefore(created.object, created.namespace, signer);
    if (before === undefined) return decide(created, call);
    const { name = "" } = readPod(created.object).metadata;
    return byChange({ ...created, name, before }, call);
  };
}

/** The pod as it is stored, by the manifest; undefined for a manifest of a pod that is not. */
function storedBefore(object: JsonObject, namespace: string, signer: ResultSigner): JsonObject | undefined {
  const pod = readPod(object);
  const { annotations, labels } = pod.metadata;
  const [id, text, networks] = [labels[allocation.key], annotations[result.key], annotations[covered.key]];
  if (id === undefined || text === undefined || networks === undefined) return undefined;
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const signed = signer.sign(podTokenSubject(pod, { allocation: id, namespace, result: text, revision: 0 }));
  const own = { ...annotations, [multusNetworks.key]: networks, [token.key]: signed };
  return { ...object, metadata: { ...metadata, annotations: own } };
}
