import type { KubeObject } from "./client/kube-object.ts";

/** A change of one object. The precondition `uid` makes sure that no other object is changed. */
export interface FinalizerChange {
  readonly uid: string;
  readonly finalizer: string;
  /** Labels and annotations that the same write removes. */
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
}

/**
 * The strategic merge patch that takes one finalizer (and labels and annotations) from an object of a built-in kind and
 * leaves other finalizers alone. For a re-created object of the same name, which has another uid, the server answers Conflict.
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

/** The strategic merge patch that puts a finalizer back. The server refuses it when the object is being deleted. */
export function addFinalizerPatch(change: Pick<FinalizerChange, "uid" | "finalizer">): object {
  return { metadata: { uid: change.uid, finalizers: [change.finalizer] } };
}

/**
 * The merge patch for custom resources, which have no strategic merge. It holds the whole list of finalizers, and uid and
 * resourceVersion as preconditions. It is `undefined` when there is nothing to change.
 */
export function setFinalizerPatch(object: KubeObject, finalizer: string, present: boolean): object | undefined {
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  if (finalizers.includes(finalizer) === present) return undefined;
  const wanted = present ? [...finalizers, finalizer] : finalizers.filter((other) => other !== finalizer);
  return { metadata: { uid, resourceVersion, finalizers: wanted } };
}
