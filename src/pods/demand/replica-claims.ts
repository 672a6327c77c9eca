// The settings of interfaces that only replicas of StatefulSets can have: who a pod is, and the claim that is made for it.
import { replicaClaimName } from "#src/api/claim/replica-claim-name.ts";
import type { PodController } from "#src/api/pod/pod-metadata.ts";
import { type SetReplica, replicaOf } from "#src/api/pod/set-replica.ts";
import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import { refusal } from "#src/core/errors.ts";
import type { ClaimRequest } from "#src/ipam/allocation.ts";

/** The facts of a pod by which it is a replica of a StatefulSet, or none. */
export interface NamedPod {
  readonly name: string | undefined;
  readonly controller: PodController | undefined;
}

/** Gives the claim that a sticky interface has. Throws `ReplicaInvalid` in a pod that is no replica of a StatefulSet. */
export function claimOfReplica(
  pod: NamedPod,
  { sticky, network }: Pick<InterfaceRequest, "sticky" | "network">,
  interfaceName: string,
): ClaimRequest | undefined {
  if (sticky === undefined) return undefined;
  const { field, whenScaled } = sticky;
  const { name, set, setUid } = replicaFor(pod, { field, value: true, remedy: stickyRemedy });
  return {
    field,
    name: replicaClaimName(name, network, interfaceName),
    network: sticky.network,
    addresses: [],
    sticky: { set, uid: setUid, network: sticky.network, interface: interfaceName, whenScaled },
  };
}

/** Gives the replica that a pod must be for `ordinalAddresses`. Throws `ReplicaInvalid`. */
export function replicaForAddresses(pod: NamedPod, field: string): SetReplica {
  return replicaFor(pod, { field, value: undefined, remedy: "use a StatefulSet, or ask with ipAddress" });
}

const stickyRemedy = 'use a StatefulSet, or name a claim that you make, as "claim": "web.blue"';

interface ReplicaSetting {
  readonly field: string;
  readonly value: unknown;
  readonly remedy: string;
}

function replicaFor(pod: NamedPod, { field, value, remedy }: ReplicaSetting): SetReplica {
  const replica = replicaOf(pod.name, pod.controller);
  if (replica !== undefined) return replica;
  throw refusal("ReplicaInvalid", { field, value, reason: `is for pods of a StatefulSet, ${whyNone(pod)}`, remedy });
}

function whyNone({ name = "", controller }: NamedPod): string {
  if (controller === undefined) return "and no workload controls this one";
  const { apiVersion, kind, name: owner } = controller;
  const shown = `${kind} ${owner}`;
  if (kind !== "StatefulSet") return `and those of the ${shown} have no names that stay`;
  if (apiVersion.startsWith("apps/")) return `and ${JSON.stringify(name)} is no name of a pod of the ${shown}`;
  return `and the ${shown} is one of ${apiVersion}`;
}
