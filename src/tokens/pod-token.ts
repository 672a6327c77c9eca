// The allocation token of a pod. This file says which fields of the pod are signed, and verifies a pod by them.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { isRefusal } from "#src/core/errors.ts";
import { type TokenKeys, tokenKeyId, type TokenSubject, verifyToken } from "./token.ts";

/** The verdict is `unknown key` when the token is of another installation, or when its key was not handed in. */
export type TokenVerdict = "valid" | "forged" | "unknown key";

/** The allocation that a pod gets, or that it says it has. */
export type SignedAllocation = Pick<TokenSubject, "allocation" | "namespace" | "result">;

const { allocation, result, token } = annotationKeys;

/** Gives the subject of the token that makes this allocation the pod's own. */
export function podTokenSubject({ metadata }: PodMetadata, signed: SignedAllocation): TokenSubject {
  const { name = "", generateName = "" } = metadata;
  return { allocation: signed.allocation, namespace: signed.namespace, name, generateName, result: signed.result };
}

/**
 * Checks that the pod was given the allocation of its label and the result of its annotation, and returns both. The check is
 * needed because anybody can write a label. Throws `ForgedResult`, and the errors of the keys.
 */
export async function verifyPodToken(pod: PodMetadata, keys: TokenKeys): Promise<TokenSubject> {
  const { namespace = "", annotations, labels } = pod.metadata;
  const stored = { allocation: labels[allocation.key] ?? "", namespace, result: annotations[result.key] ?? "" };
  const subject = podTokenSubject(pod, stored);
  await verifyToken(annotations[token.key] ?? "", subject, keys);
  return subject;
}

/** Returns what `verifyPodToken` finds, for callers to whom a forged token is an answer and no error. */
export async function judgePodToken(pod: PodMetadata, keys: TokenKeys): Promise<TokenVerdict> {
  try {
    await verifyPodToken(pod, keys);
    return "valid";
  } catch (caught) {
    if (!isRefusal(caught)) throw caught;
    const kid = tokenKeyId(pod.metadata.annotations[token.key] ?? "");
    return kid === undefined || (await keys.get(kid)) !== undefined ? "forged" : "unknown key";
  }
}
