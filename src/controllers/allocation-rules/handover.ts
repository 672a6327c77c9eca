// Says which of the two pods of a virtual machine that migrates has its addresses. The answer depends on nothing but the two ports and
// the newer pod, so that it is the same after a restart, a restore, or two leaders.
import { isTargetReady } from "#src/api/pod/machine-pod.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { isWaiting, machinePort, partnersOf, sharesClaim } from "#src/ipam/index/machine-ports.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import type { KeptRow } from "#src/ovn/claims/claim-operations.ts";
import type { MachinePort } from "#src/ovn/ports/waiting-port.ts";
import type { PortRow } from "./allocation-rows.ts";

/** The addresses of a machine that are to go from one of its ports to the other. */
export interface Handover {
  readonly to: MachinePort;
  /** Undefined when no other pod has them. */
  readonly from: MachinePort | undefined;
  /** The row that keeps them until now. */
  readonly kept: KeptRow | undefined;
  readonly why: "target ready" | "target not ready" | "no other pod";
}

/** Gives what is to be done for the port of a stored pod; undefined when nothing is. */
export type HandoverOf = (row: PortRow, pod: PodMetadata) => Handover | undefined;

export const noHandover: HandoverOf = () => undefined;

/**
 * The newer pod of a machine is the one to which it migrates. It has the addresses from the time when KubeVirt says on it that the machine
 * goes on there; until then the older one has them. A pod without another one has them in any case. What somebody edited in the
 * addresses of a port makes no pod go: nothing moves until that port is corrected.
 */
export function handoverFor(index: AddressIndex): HandoverOf {
  return ({ uuid, owner }, pod) => {
    const own = machinePort(index, uuid);
    if (own === undefined || owner.podUid === "" || owner.podUid !== pod.metadata.uid) return undefined;
    const waits = isWaiting(index, uuid);
    const [beside, ...others] = partnersOf(index, uuid);
    if (others.length > 0) return undefined;
    if (beside === undefined) {
      if (!waits || sharesClaim(index, uuid)) return undefined;
      return { to: own, from: undefined, kept: keptBeside(uuid, index), why: "no other pod" };
    }
    const partner = machinePort(index, beside);
    if (partner === undefined) return undefined;
    // An allocation id begins with its time.
    if (own.allocation < partner.allocation) return undefined;
    const partnerWaits = isWaiting(index, partner.uuid);
    const isReady = isTargetReady(pod);
    if (isReady && (waits || !partnerWaits)) return { to: own, from: partner, kept: undefined, why: "target ready" };
    if (!isReady && (partnerWaits || !waits))
      return { to: partner, from: own, kept: undefined, why: "target not ready" };
    return undefined;
  };
}

/** The row that was left when the other pod ended before this one was stored. */
function keptBeside(uuid: string, index: AddressIndex): KeptRow | undefined {
  const row = index.port(uuid);
  const claim = row && claimOf(row.external_ids);
  if (claim === undefined) return undefined;
  for (const other of index.claims.of(claim)) {
    const ids = index.port(other)?.external_ids;
    const [state] = index.switchesOf(other);
    if (ids === undefined || state === undefined || claimOf(ids)?.isKept !== true) continue;
    const { cluster, namespace, name } = claim;
    return { uuid: other, switchUuid: state.uuid, claim: { cluster, namespace, name } };
  }
  return undefined;
}
