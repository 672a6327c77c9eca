import type { KubeObject } from "./client/kube-object.ts";

/** What to change on one object, and on no other: `uid` is the precondition. */
export interface FinalizerChange {
  readonly uid: string;
  readonly finalizer: string;
  /** Labels and annotations to remove in the same write. */
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
}

/**
 * The strategic merge patch that takes one finalizer (and labels and annotations) from an object of a built-in kind and
 * leaves other finalizers alone. A re-created object of the same name has another uid: the server answers Conflict.
 */
export function removeFinalizerPatch(change: FinalizerChange): object {
  const { uid, finalizer, labels = [], annotations = [] } = change;
  return {
    metadata: {
      uid,
      "$deleteFromPrimitiveList/finalizers": [finalizer],
      ...(labels.length === 0 ? {} : { labels: nothingFor(labels) }),
      ...(annotations.length === 0 ? {} : { annotations: nothingFor(annotations) }),
    },
  };
}

function nothingFor(keys: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(keys.map((key) => [key, null]));
}

/** The strategic merge patch that puts a finalizer back; refused by the server once the object is being deleted. */
export function addFinalizerPatch(change: Pick<FinalizerChange, "uid" | "finalizer">): object {
  return { metadata: { uid: change.uid, finalizers: [change.finalizer] } };
}

/**
 * The merge patch for custom resources, which know no strategic merge: the whole list, guarded by uid and
 * resourceVersion. `undefined` when there is nothing to change.
 */
export function setFinalizerPatch(object: KubeObject, finalizer: string, present: boolean): object | undefined {
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  if (finalizers.includes(finalizer) === present) return undefined;
  const wanted = present ? [...finalizers, finalizer] : finalizers.filter((other) => other !== finalizer);
  return { metadata: { uid, resourceVersion, finalizers: wanted } };
}
