import { externalId, ownerValue } from "./external-ids.ts";

/** The owner of a port of ours, as its external_ids tell it. */
export interface PortOwner {
  readonly allocation: string;
  readonly namespace: string;
  readonly pod: string;
  /** "" while the port is a reservation. */
  readonly podUid: string;
  /** UID of the cluster that the port was made for; "" when it was made without Kubernetes. */
  readonly cluster: string;
  /** The revision of the pod's result that first names the port, or a later one. Absent where the row says none: then it is 0. */
  readonly revision?: number;
}

const keys = {
  owner: externalId("owner"),
  allocation: externalId("allocation"),
  namespace: externalId("namespace"),
  pod: externalId("pod"),
  podUid: externalId("pod-uid"),
  cluster: externalId("cluster"),
} as const;

const revisionKey = externalId("revision");

/**
 * Reads the owner of a port that we made for a pod. Undefined for ports of everybody else, and for our ports to
 * routers.
 */
export function portOwner(externalIds: ReadonlyMap<string, string>): PortOwner | undefined {
  if (externalIds.get(keys.owner) !== ownerValue || !externalIds.has(keys.allocation)) return undefined;
  const revision = Number.parseInt(externalIds.get(revisionKey) ?? "", 10);
  const text = (name: keyof typeof keys): string => externalIds.get(keys[name]) ?? "";
  return {
    allocation: text("allocation"),
    namespace: text("namespace"),
    pod: text("pod"),
    podUid: text("podUid"),
    cluster: text("cluster"),
    ...(Number.isNaN(revision) ? {} : { revision }),
  };
}
