import type { RequestedAddress } from "#src/api/request/requested-address.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Network } from "#src/ovn/network.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";

/** The port that one interface of a pod asks for. */
export interface PortRequest {
  /** The place of the request in the user's words, for refusals. */
  readonly field: string;
  readonly network: string;
  readonly interfaceName: string;
  readonly addresses: readonly RequestedAddress[];
  readonly mac: Mac | undefined;
  /** Next hops that the interface names. None of them is chosen as an address of its pod. Absent: there are none. */
  readonly gateways?: readonly IpAddress[];
}

/** All ports that one pod asks for, together. */
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

/** One port as it was planned. It was written to NB so when it is part of an `Allocation`. */
export interface PlannedPort {
  readonly request: PortRequest;
  readonly network: Network;
  readonly mac: Mac;
  /** IPv4 first. */
  readonly addresses: readonly PlannedAddress[];
}

/** The name of the Logical_Switch_Port: `<allocation id>-<interface name>`. */
export function portName(allocationId: string, { request }: PlannedPort): string {
  return `${allocationId}-${request.interfaceName}`;
}

export interface AllocateOptions extends CallOptions {
  /**
   * Called each time that the allocation is planned, while it is on its way to NB, so that work that the answer needs can
   * be done meanwhile. Nothing of it may leave the process before the allocation is answered with this id. Must not throw.
   */
  readonly onPlanned?: (draft: Allocation) => void;
}

/** All ports of one pod: they are in NB, and the conflict check found that nobody else holds an address or MAC of them. */
export interface Allocation {
  /** ULID. */
  readonly id: string;
  readonly ports: readonly PlannedPort[];
}
