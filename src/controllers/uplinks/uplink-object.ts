// Keeps the ways out of the cluster in NB while it runs: an Uplink object becomes a gateway of its own.
import { type UplinkStatus, uplinkStatusSchema } from "#src/api/uplink/uplink-schema.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** The part of an Uplink object that is kept: its spec as it was sent, and the fields that the controller needs. */
export interface UplinkObject {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly createdAt: string;
  readonly deleting: boolean;
  /** The object's metadata, for conditional patches, and its spec. */
  readonly object: KubeObject;
  /** Also undefined when somebody wrote a status that is none. */
  readonly status: UplinkStatus | undefined;
}

export const uplinkFinalizer = "k8s.plugin.opnfv.org/uplink";

/** Keeps only the fields that are read. */
export function projectUplink(raw: KubeObject): UplinkObject {
  const {
    name,
    uid,
    resourceVersion,
    finalizers = [],
    deletionTimestamp,
    generation,
    creationTimestamp,
  } = raw.metadata;
  return {
    name,
    uid,
    generation: typeof generation === "number" ? generation : 0,
    createdAt: typeof creationTimestamp === "string" ? creationTimestamp : "",
    deleting: deletionTimestamp !== undefined,
    object: { metadata: { name, uid, resourceVersion, finalizers }, spec: raw["spec"] },
    status: uplinkStatusSchema.safeParse(raw["status"]).data,
  };
}

/** True when `one` was made before `other`. Of two that want the same, the older one has it. */
export function isOlderUplink(
  one: Pick<UplinkObject, "createdAt" | "name">,
  other: Pick<UplinkObject, "createdAt" | "name">,
): boolean {
  return one.createdAt === other.createdAt ? one.name < other.name : one.createdAt < other.createdAt;
}
