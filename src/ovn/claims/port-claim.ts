// A port may hold its addresses for an IPAMClaim. While a pod has them, the claim is a key on the pod's port. While none
// has, a row of its own keeps them: it has the claim and no allocation, so that it is neither a pod's port nor a reservation.
import { externalId, ownerValue } from "../external-ids.ts";

/** The name of an IPAMClaim. Several clusters may share one NB, so the cluster belongs to it. */
export interface ClaimName {
  /** UID of kube-system; "" without Kubernetes. */
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** The claim of a port, as its external_ids tell it. */
export interface PortClaim extends ClaimName {
  /** True when the allocation that made the port gave the claim its first addresses. */
  readonly isFresh: boolean;
  /** True when no row kept the addresses that the allocation gave the claim: its object, or the result of its pod, named them. */
  readonly isTold: boolean;
  /** The name that the object must say in `spec.network`; undefined on rows of versions that did not write it. */
  readonly network: string | undefined;
  /** True for a row that keeps the addresses while no pod has them. */
  readonly isKept: boolean;
  /** UID of the virtual machine that runs in the pod; undefined for any other pod. */
  readonly machine: string | undefined;
  /**
   * `<mac> <ip>...` of a port that waits: another pod of the machine has the addresses. OVN knows none of them on this port, which is
   * disabled. Undefined for all other ports.
   */
  readonly waitsWith: string | undefined;
}

const keys = {
  owner: externalId("owner"),
  allocation: externalId("allocation"),
  namespace: externalId("namespace"),
  cluster: externalId("cluster"),
  claim: externalId("claim"),
  fresh: externalId("claim-fresh"),
  network: externalId("claim-network"),
  machine: externalId("machine"),
  waitsWith: externalId("waits-with"),
} as const;

/** Reads the claim of a port of ours. Nearly every port has none, and that answer costs one look. */
export function claimOf(externalIds: ReadonlyMap<string, string>): PortClaim | undefined {
  const name = externalIds.get(keys.claim);
  if (name === undefined || externalIds.get(keys.owner) !== ownerValue) return undefined;
  return {
    cluster: externalIds.get(keys.cluster) ?? "",
    namespace: externalIds.get(keys.namespace) ?? "",
    name,
    isFresh: externalIds.get(keys.fresh) === "true",
    isTold: externalIds.get(keys.fresh) === "told",
    network: externalIds.get(keys.network),
    isKept: !externalIds.has(keys.allocation),
    machine: externalIds.get(keys.machine),
    waitsWith: externalIds.get(keys.waitsWith),
  };
}

/** The claim as a key of maps. Neither a UID nor the name of a namespace has a slash. */
export function claimKey({ cluster, namespace, name }: ClaimName): string {
  return `${cluster}/${namespace}/${name}`;
}
