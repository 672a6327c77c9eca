// Says who has an address outside, to the one who asks for it.
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { AddressIndex } from "../index/address-index.ts";
import type { FloatingHolder } from "../index/floating-addresses.ts";
import { type OutsideHolder, portOfRow } from "../index/floating-search.ts";
import type { RecoveredPod } from "../index/recovered-addresses.ts";
import { type AddressUser, byAnotherPod, bySiblingInterface, describePod, describePort } from "./address-user.ts";

interface Holders {
  readonly holder: OutsideHolder | undefined;
  readonly recovered: RecoveredPod | undefined;
  readonly isSiblings: boolean;
}

/** Describes the first one who stands in the way. Without any it is a plan that is in flight. */
export function describeOutside(
  { holder, recovered, isSiblings }: Holders,
  namespace: string,
  index: AddressIndex,
): AddressUser {
  if (isSiblings) return bySiblingInterface;
  if (holder === undefined) return recovered === undefined ? byAnotherPod : describePod(recovered, namespace);
  if (holder.kind === "floating") return describeRow(holder.row, namespace, index);
  if (holder.kind !== "port") return { shown: ` by a ${holder.kind}`, holder: `${holder.kind} ${holder.name}` };
  const user = describePort(holder.uuid, namespace, index);
  return holder.what === "address" ? user : { ...user, shown: `, since its MAC address is held${user.shown}` };
}

function describeRow(row: FloatingHolder, namespace: string, index: AddressIndex): AddressUser {
  if (row.kind === "other") return { shown: " by a NAT rule of somebody else", holder: `NAT rule ${row.uuid}` };
  const isOwn = row.namespace === namespace;
  if (row.kind === "FloatingIP" || row.kind === "Service") {
    const whose = isOwn ? `the namespace ${namespace}` : "another namespace";
    return { shown: ` by a ${row.kind} of ${whose}`, holder: `${row.kind} of namespace ${row.namespace}` };
  }
  const pod = podOfRow(row, index);
  return describePod({ namespace: row.namespace, pod }, namespace);
}

/** The name of the pod whose port has the address inside; "" before the pod is stored. */
function podOfRow({ logicalIp, holder }: FloatingHolder, index: AddressIndex): string {
  const uuid = portOfRow({ logicalIp, holder }, index);
  const port = uuid === undefined ? undefined : index.port(uuid);
  return (port && portOwner(port.external_ids)?.pod) ?? "";
}
