import type { CallOptions } from "#src/core/deadline.ts";
import type { Network } from "#src/ovn/network.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";

/** An address that a pod asked for by itself; the mask is optional and must then be the subnet's. */
export interface RequestedAddress {
  readonly ip: IpAddress;
  readonly prefixLength: number | undefined;
}

/** What one interface of a pod asks of a network. */
export interface PortRequest {
  /** Where the request stands in the user's words, for refusals. */
  readonly field: string;
  readonly network: string;
  readonly interfaceName: string;
  readonly addresses: readonly RequestedAddress[];
  readonly mac: Mac | undefined;
  /** Next hops that the interface names: none of them is chosen as an address of its pod. Absent: none. */
  readonly gateways?: readonly IpAddress[];
}

/** All ports of one pod, asked for together. */
export interface AllocationRequest {
  readonly namespace: string;
  /** Name of the pod; empty when the API server will generate it. */
  readonly podName: string;
  readonly ports: readonly PortRequest[];
}

export interface PlannedAddress {
  readonly ip: IpAddress;
  readonly prefixLength: number;
  readonly requested: boolean;
}

/** One port as it was, or will be, written to NB. */
export interface PlannedPort {
  readonly request: PortRequest;
  readonly network: Network;
  readonly mac: Mac;
  readonly macRequested: boolean;
  /** IPv4 first. */
  readonly addresses: readonly PlannedAddress[];
}

export interface AllocatedPort extends PlannedPort {
  /** Name of the Logical_Switch_Port: `<allocation id>-<interface name>`. */
  readonly name: string;
}

/** How an allocation is asked for. */
export interface AllocateOptions extends CallOptions {
  /**
   * Told what is on its way to NB, each time it is planned: for work that only an answer needs, and that would be thrown
   * away otherwise. Nothing of it may leave the process before the allocation is answered with this id. Must not throw.
   */
  readonly onPlanned?: (draft: Allocation) => void;
}

/** All ports of one pod, committed to NB and looked at: nobody else holds an address or MAC of theirs. */
export interface Allocation {
  /** ULID. */
  readonly id: string;
  readonly ports: readonly AllocatedPort[];
}
