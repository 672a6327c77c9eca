import type { Cidr } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";

/** What a pod asks for, checked as far as that is possible without knowing the networks. */
export interface PodRequest {
  readonly interfaces: readonly InterfaceRequest[];
}

export interface InterfaceRequest {
  /** Path of this element for messages: `k8s.plugin.opnfv.org/nfn-network: interface[0]`. */
  readonly field: string;
  readonly network: string;
  /** Absent: the next free `netN` (interface-names.ts). */
  readonly interfaceName: string | undefined;
  /** Empty: chosen by the allocator. */
  readonly addresses: readonly RequestedAddress[];
  readonly mac: Mac | undefined;
  readonly defaultGateway: boolean;
  /** In place of the network's gateways, at most one of each family; empty: the network's. */
  readonly gateways: readonly IpAddress[];
  readonly routes: readonly Route[];
}

export interface RequestedAddress {
  readonly ip: IpAddress;
  /** The mask that the user wrote, if any; the allocator checks it against the network's. */
  readonly prefixLength: number | undefined;
}

export interface Route {
  readonly dst: Cidr;
  /** Absent: the interface's gateway of the same family. */
  readonly gateway: IpAddress | undefined;
}
