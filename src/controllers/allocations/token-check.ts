import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { isRefusal } from "#src/core/errors.ts";
import { type TokenKeys, tokenKeyId, verifyToken } from "#src/tokens/token.ts";

/** What a pod's token says of its label and result. `unknown key`: another installation's, or a key was not handed in. */
export type TokenVerdict = "valid" | "forged" | "unknown key";

const { allocation, result, token } = annotationKeys;

/** Checks that the pod was given the allocation of its label: a label alone is anybody's. */
export async function checkToken(pod: PodMetadata, keys: TokenKeys): Promise<TokenVerdict> {
  const { namespace = "", name = "", generateName = "", annotations, labels } = pod.metadata;
  const text = annotations[token.key] ?? "";
  const id = labels[allocation.key] ?? "";
  try {
    const subject = { allocation: id, namespace, name, generateName, result: annotations[result.key] ?? "" };
    await verifyToken(text, subject, keys);
    return "valid";
  } catch (caught) {
    if (!isRefusal(caught)) throw caught;
    const kid = tokenKeyId(text);
    return kid === undefined || (await keys.get(kid)) !== undefined ? "forged" : "unknown key";
  }
}
