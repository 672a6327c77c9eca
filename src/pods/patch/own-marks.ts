import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { JsonPatch } from "#src/api/text/json-patch.ts";

const { result, token, covered, allocation, finalizer } = annotationKeys;

/** Names the marks that the pod has. Only our processes write them, so a new pod that has one was copied or forged. */
export function ownMarks({ metadata }: PodMetadata): readonly string[] {
  const found: string[] = [];
  if (Object.hasOwn(metadata.annotations, result.key)) found.push(`annotation ${result.key}`);
  if (Object.hasOwn(metadata.annotations, token.key)) found.push(`annotation ${token.key}`);
  if (Object.hasOwn(metadata.labels, allocation.key)) found.push(`label ${allocation.key}`);
  if (metadata.finalizers.includes(finalizer.key)) found.push(`finalizer ${finalizer.key}`);
  return found;
}

/** Removes all marks from a pod that asks for nothing. */
export function removeMarks(patch: JsonPatch): void {
  patch
    .remove(["metadata", "annotations", result.key])
    .remove(["metadata", "annotations", token.key])
    .remove(["metadata", "annotations", covered.key])
    .remove(["metadata", "labels", allocation.key])
    .removeFrom(["metadata", "finalizers"], finalizer.key);
}

export interface Marks {
  readonly allocation: string;
  readonly result: string;
  readonly token: string;
}

/** Writes the marks of an allocation on the pod, in place of those that it has. */
export function setMarks(patch: JsonPatch, marks: Marks): void {
  patch
    .set(["metadata", "annotations", result.key], marks.result)
    .set(["metadata", "annotations", token.key], marks.token)
    .remove(["metadata", "annotations", covered.key])
    .set(["metadata", "labels", allocation.key], marks.allocation)
    .append(["metadata", "finalizers"], finalizer.key);
}
