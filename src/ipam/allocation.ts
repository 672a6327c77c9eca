// The shapes of an allocation. An address goes this way: src/api reads the text of `ipAddress` as a RequestedAddress, the
// planner makes a PlannedAddress of it, or of one that it chooses, and the text of that address goes into the row
// (src/ovn/ports/port-operations.ts) and into the result of the pod (src/api/result.ts).
import type { MachinePod } from "#src/api/pod/machine-pod.ts";
import type { GroupedPod } from "#src/api/policy/group-selector.ts";
import type { FloatingRequest } from "#src/api/request/floating-request.ts";
import type { RequestedAddress } from "#src/api/request/requested-address.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { KeptRow } from "#src/ovn/claims/claim-operations.ts";
import type { ClaimName } from "#src/ovn/claims/port-claim.ts";
import type { PortHold } from "#src/ovn/claims/held-port.ts";
import type { FloatingGateway } from "#src/ovn/floating/floating-gateway.ts";
import type { Network } from "#src/ovn/network.ts";
import type { PortDhcp } from "#src/ovn/ports/port-operations.ts";
import type { ReplacedPort } from "#src/ovn/ports/replaced-port.ts";
import type { StickyMark } from "#src/ovn/claims/sticky-mark.ts";
import type { Cidr } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";

/** The IPAMClaim whose addresses a port is to have. */
export interface ClaimRequest {
  /** The place of the claim in the user's words. */
  readonly field: string;
  readonly name: string;
  /** The name that the object must say in `spec.network`. */
  readonly network: string;
  /** True when the request of the pod itself names the claim. */
  readonly isWritten?: boolean | undefined;
  /** The addresses that the object says. They count when NB keeps none for the claim. Empty when it says none, or is not there. */
  readonly addresses: readonly RequestedAddress[];
  /** True when we told the object of those addresses. Others that somebody wrote into it are only what the pod asks for. */
  readonly isKept?: boolean | undefined;
  /** The MAC that goes with those addresses, when the object says one. */
  readonly mac?: Mac | undefined;
  /** The virtual machine that runs in the pod; undefined for any other pod. */
  readonly machine?: MachinePod | undefined;
  /** The replica of a StatefulSet for which the claim is made; undefined for a claim that the pod names. */
  readonly sticky?: StickyMark | undefined;
}

/** The port that one interface of a pod asks for. */
export interface PortRequest {
  /** The place of the request in the user's words. Refusals name it. */
  readonly field: string;
  readonly network: string;
  readonly interfaceName: string;
  readonly addresses: readonly RequestedAddress[];
  /** The place of the addresses in the user's words. Undefined for `ipAddress` of the interface. */
  readonly addressField?: string | undefined;
  readonly mac: Mac | undefined;
  /**
   * Next hops that the interface names. None of them is chosen as an address of its pod. Undefined when it names
   * none.
   */
  readonly gateways?: readonly IpAddress[];
  /** Addresses and prefixes to send from besides `addresses`. Undefined when there are none. */
  readonly allowedAddresses?: readonly Cidr[] | undefined;
  /** True for a port that gets copies of packets only, and no address. */
  readonly isTap?: boolean | undefined;
  /** Undefined when it asks for no address outside. */
  readonly floating?: FloatingRequest | undefined;
  /** Undefined when the addresses are for this pod alone. */
  readonly claim?: ClaimRequest | undefined;
  /** The pool of its network that it chose, and those that it may choose. Undefined on a network that has none. */
  readonly pool?: PoolChoice | undefined;
  /** Defined for the interface of a guest, which asks for its addresses by DHCP. */
  readonly dhcp?: DhcpRequest | undefined;
}

/** The pool that a port chose. */
export interface PoolChoice {
  /** The place where it was chosen, or may be chosen, in the user's words. */
  readonly field: string;
  /** Undefined when it chose none. */
  readonly name: string | undefined;
  /** True when the request itself names the pool, false when the namespace does. */
  readonly isAsked: boolean;
  /** The names of the pools that the namespace may choose. */
  readonly permitted: ReadonlySet<string>;
}

export interface DhcpRequest {
  /** The place of the request in the user's words. */
  readonly field: string;
  /** The host name that the guest is told; undefined for none. */
  readonly hostname: string | undefined;
}

/** The allocation of a stored pod that more ports join. */
export interface JoinedAllocation {
  /** The id of the pod's allocation. Each attempt has an id of its own besides, which names its ports. */
  readonly allocation: string;
  /** The revision of the pod's result that is to name the ports. */
  readonly revision: number;
}

/** All ports that one pod asks for, together. */
export interface AllocationRequest {
  readonly namespace: string;
  /** Name of the pod; empty when the API server will generate it. */
  readonly podName: string;
  readonly ports: readonly PortRequest[];
  /** The facts by which policies select the pod. Without them its ports join no group. */
  readonly pod?: GroupedPod | undefined;
  /** Undefined for a pod that is being created. */
  readonly joins?: JoinedAllocation | undefined;
}

export interface PlannedAddress {
  readonly ip: IpAddress;
  readonly prefixLength: number;
  readonly requested: boolean;
}

/** One port as it was planned. The ports of an `Allocation` were written to NB as they were planned. */
export interface PlannedPort {
  readonly request: PortRequest;
  readonly network: Network;
  readonly mac: Mac;
  /** The addresses of IPv4 come first. */
  readonly addresses: readonly PlannedAddress[];
  readonly floating?: PlannedFloating | undefined;
  readonly dhcp?: PortDhcp | undefined;
  readonly claim?: PlannedClaim | undefined;
  /** The reservation of an earlier attempt of the same change, whose place and name the port takes. Undefined when there is none. */
  readonly replaces?: ReplacedPort | undefined;
}

/** A claim as it was planned: the row that the port replaces, or none when the claim gets its first addresses or lost its row. */
export interface PlannedClaim {
  readonly claim: ClaimName;
  readonly kept: KeptRow | undefined;
  readonly isFresh: boolean;
  /** True when the reservation that the port replaces has the claim from a row that kept it. */
  readonly isTaken?: boolean | undefined;
  /** The port of the pod from which the machine migrates. The port waits beside it. */
  readonly beside?: PortHold | undefined;
}

/** An address outside as it was planned, and the address inside to which it belongs. */
export interface PlannedFloating {
  readonly gateway: FloatingGateway;
  readonly externalIp: IpAddress;
  readonly logicalIp: IpAddress;
  readonly distributed: boolean;
  readonly requested: boolean;
}

/**
 * The name of the Logical_Switch_Port: `<allocation id>-<interface name>`, or that of the reservation which the port replaces. Whichever
 * of the two attempts is stored then names the row that is there.
 */
export function portName(allocationId: string, { request, replaces }: PlannedPort): string {
  return replaces?.name ?? `${allocationId}-${request.interfaceName}`;
}

/** The name of the interface in the name that `portName` gave. The id of an allocation has no hyphen, and an interface may have some. */
export function interfaceOfPort(name: string): string {
  return name.slice(name.indexOf("-") + 1);
}

export interface AllocateOptions extends CallOptions {
  /**
   * Called each time that the allocation was planned, while it is on its way to NB. Work that the answer needs can be
   * done meanwhile. Nothing of it may leave the process before the allocation is answered with this id. It must not
   * throw.
   */
  readonly onPlanned?: (draft: Allocation) => void;
}

/**
 * All ports of one pod. They are in NB, and the conflict check found that nobody else holds an address or MAC of
 * them.
 */
export interface Allocation {
  /** A ULID. It names the ports. */
  readonly id: string;
  readonly ports: readonly PlannedPort[];
  /** The allocation that the ports belong to; undefined when it is this one. */
  readonly joins?: JoinedAllocation | undefined;
}
