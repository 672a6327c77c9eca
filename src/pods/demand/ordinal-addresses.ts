import type { SetReplica } from "#src/api/pod/set-replica.ts";
import type { OrdinalAddresses } from "#src/api/request/replica-settings.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { elementOf } from "#src/api/text/field-place.ts";
import type { AllocationRequest, PortRequest } from "#src/ipam/allocation.ts";

/** A StatefulSet, as far as its replicas get addresses by their ordinals. */
export interface OrdinalSet {
  readonly uid: string;
  /** `spec.ordinals.start`. */
  readonly start: number;
}

/** Finds a StatefulSet; undefined when it is not there. */
export type OrdinalSource = (
  target: { readonly namespace: string; readonly name: string },
  options: CallOptions,
) => Promise<OrdinalSet | undefined>;

/** The interfaces of a replica that have lists of addresses, in the order of the ports; undefined for the others. */
export interface AskingReplica {
  readonly replica: SetReplica;
  readonly lists: readonly (OrdinalAddresses | undefined)[];
}

/**
 * Gives the ports the addresses of their lists for this replica. The set is read while the pod is admitted, since its first ordinal may
 * change. Throws `ReplicaInvalid` when there is no list for it.
 */
export async function withOrdinalAddresses(
  request: AllocationRequest,
  asking: AskingReplica | undefined,
  source: OrdinalSource | undefined,
  options: CallOptions,
): Promise<AllocationRequest> {
  if (asking === undefined) return request;
  const { replica, lists } = asking;
  const target = { namespace: request.namespace, name: replica.set };
  const found = await source?.(target, options);
  const refusals = new Refusals();
  const ports = refusals.map(request.ports, (port, index): PortRequest => {
    const own = lists[index];
    return own === undefined ? port : { ...port, ...addressesOf(own, replica, found) };
  });
  refusals.throwAll();
  return { ...request, ports };
}

function addressesOf(
  { field, lists }: OrdinalAddresses,
  { set, setUid, ordinal, name }: SetReplica,
  found: OrdinalSet | undefined,
): Pick<PortRequest, "addresses" | "addressField"> {
  if (found === undefined || found.uid !== setUid) {
    throw refusal("ReplicaInvalid", {
      field,
      value: lists.length,
      reason: `has lists for replicas of the StatefulSet ${set}, which is not there`,
      remedy: "create the StatefulSet, which makes its pods",
    });
  }
  const index = ordinal - found.start;
  const addresses = lists[index];
  if (addresses !== undefined) return { addresses, addressField: elementOf(field, index) };
  const counted = `${lists.length} ${lists.length === 1 ? "list" : "lists"}`;
  const reason =
    index < 0
      ? `counts from spec.ordinals.start, which is ${found.start}, so that ${name} has none`
      : `has ${counted}, counted from the replica ${found.start}, so that ${name} has none`;
  const remedy =
    index < 0
      ? "wait until the StatefulSet has deleted the pod"
      : `add the addresses of the replicas up to ${ordinal}, or scale the StatefulSet to ${lists.length}`;
  throw refusal("ReplicaInvalid", { field, value: lists.length, reason, remedy });
}
