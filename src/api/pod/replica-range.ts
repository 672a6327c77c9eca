import * as z from "zod";

/** The replicas that a StatefulSet wants to have. */
export interface ReplicaRange {
  /** The first ordinal, `spec.ordinals.start`. */
  readonly start: number;
  readonly count: number;
}

const schema = z.object({
  spec: z.object({
    replicas: z.int().nullish(),
    ordinals: z.object({ start: z.int().nullish() }).nullish(),
  }),
});

/** Reads a StatefulSet, stored or in a manifest. Fields that it leaves out are as the API server would fill them in. */
export function readReplicaRange(set: unknown): ReplicaRange {
  const { replicas, ordinals } = schema.safeParse(set).data?.spec ?? {};
  return { start: ordinals?.start ?? 0, count: replicas ?? 1 };
}

export function isInRange({ start, count }: ReplicaRange, ordinal: number): boolean {
  return ordinal >= start && ordinal < start + count;
}
