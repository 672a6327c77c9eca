// The allocation token of a pod. This file says which fields of the pod are signed, and verifies a pod by them.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { isRefusal } from "#src/core/errors.ts";
import { type TokenKeys, tokenKeyId, type TokenSubject, verifyToken } from "./token.ts";

/** The verdict is `unknown key` when the token is of another installation, or when its key was not handed in. */
export type TokenVerdict = "valid" | "forged" | "unknown key";

/** The allocation that a pod gets, or that it says it has. */
export type SignedAllocation = Pick<TokenSubject, "allocation" | "namespace" | "result" | "revision">;

/** The subject of a token that was verified. */
export interface VerifiedSubject extends TokenSubject {
  readonly revision: number;
}

/** The verdict on a token, and the revision of its result. That is 0 unless the token is valid. */
export interface ExaminedToken {
  readonly verdict: TokenVerdict;
  readonly revision: number;
}

const { allocation, result, token } = annotationKeys;

/** Gives the subject of the token that makes this allocation the pod's own. */
export function podTokenSubject({ metadata }: PodMetadata, signed: SignedAllocation): TokenSubject {
  const { name = "", generateName = "" } = metadata;
  return { ...signed, name, generateName };
}

/**
 * Checks that the pod was given the allocation of its label and the result of its annotation, and returns both. The check is
 * needed because anybody can write a label. Throws `ForgedResult`, and the errors of the keys.
 */
export async function verifyPodToken(pod: PodMetadata, keys: TokenKeys): Promise<VerifiedSubject> {
  const { namespace = "", annotations, labels } = pod.metadata;
  const stored = { allocation: labels[allocation.key] ?? "", namespace, result: annotations[result.key] ?? "" };
  const subject = podTokenSubject(pod, stored);
  const revision = await verifyToken(annotations[token.key] ?? "", subject, keys);
  return { ...subject, revision };
}

/** Returns what `verifyPodToken` finds, for callers to whom a forged token is an answer and no error. */
export async function examinePodToken(pod: PodMetadata, keys: TokenKeys): Promise<ExaminedToken> {
  try {
    const { revision } = await verifyPodToken(pod, keys);
    return { verdict: "valid", revision };
  } catch (caught) {
    if (!isRefusal(caught)) throw caught;
    const kid = tokenKeyId(pod.metadata.annotations[token.key] ?? "");
    const isForged = kid === undefined || (await keys.get(kid)) !== undefined;
    return { verdict: isForged ? "forged" : "unknown key", revision: 0 };
  }
}

/** The verdict alone. */
export async function judgePodToken(pod: PodMetadata, keys: TokenKeys): Promise<TokenVerdict> {
  return (await examinePodToken(pod, keys)).verdict;
}
