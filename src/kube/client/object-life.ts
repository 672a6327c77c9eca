import type { KubeObject } from "./kube-object.ts";

/** The age of an object, and whether it goes, as controllers keep it. */
export interface ObjectLife {
  readonly uid: string;
  /** It grows with each change of the spec. */
  readonly generation: number;
  /** RFC 3339, in whole seconds. */
  readonly createdAt: string;
  readonly deleting: boolean;
}

/** Reads the fields, of which the API server sends all. */
export function objectLife({ metadata }: KubeObject): ObjectLife {
  const { uid, generation, creationTimestamp, deletionTimestamp } = metadata;
  return {
    uid,
    generation: typeof generation === "number" ? generation : 0,
    createdAt: typeof creationTimestamp === "string" ? creationTimestamp : "",
    deleting: deletionTimestamp !== undefined,
  };
}

/**
 * Sorts the older object first, which wins where two want the same. Objects of one second are sorted by their UIDs, so that
 * every reader finds the same order.
 */
export function compareAge(a: Pick<ObjectLife, "createdAt" | "uid">, b: Pick<ObjectLife, "createdAt" | "uid">): number {
  return compare(a.createdAt, b.createdAt) || compare(a.uid, b.uid);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
