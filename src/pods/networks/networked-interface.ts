import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { Network } from "#src/ovn/network.ts";

/** An interface of the request with the network that it asks for. */
export interface NetworkedInterface {
  readonly asked: InterfaceRequest;
  readonly network: Network;
  /** The addresses that are known: those asked for, and all of them once they are chosen. */
  readonly addresses: readonly IpAddress[];
  /** The wire from which its address outside works on the node of the pod. Absent when that works on the node of the gateway. */
  readonly outsideWire?: string | undefined;
}

/**
 * Finds the networks of the interfaces. Leaves out an interface whose network does not exist, exists twice or has wrong
 * settings: the planner refuses it with the reason.
 */
export function networkedInterfaces(
  interfaces: readonly InterfaceRequest[],
  index: Pick<NbAllocator["index"], "named" | "floating">,
): readonly NetworkedInterface[] {
  return interfaces.flatMap((asked): NetworkedInterface[] => {
    const [state, second] = index.named(asked.network);
    if (state === undefined || second !== undefined || state.network.problem !== undefined) return [];
    const outsideWire = findOutsideWire(asked, state.network, index);
    const addresses = asked.addresses.map(({ ip }) => ip);
    const network = networkFor(asked, state.network);
    return [{ asked, network, addresses, ...(outsideWire === undefined ? {} : { outsideWire }) }];
  });
}

/**
 * The network as the pod uses it by an interface. One that only receives has no use for subnets, routes or names, and those of a guest
 * are not the pod's.
 */
export function networkFor({ isTap = false, isGuest = false }: InterfaceRequest, network: Network): Network {
  return isTap || isGuest ? { ...network, subnets: [], routes: [], dns: undefined } : network;
}

function findOutsideWire(
  { floating }: InterfaceRequest,
  { uplink }: Network,
  index: Pick<NbAllocator["index"], "named" | "floating">,
): string | undefined {
  if (floating?.distributed !== true || uplink === undefined) return undefined;
  const provider = index.floating.gateway(uplink)?.providerNetwork;
  return provider === undefined ? undefined : index.named(provider)[0]?.network.physicalNetwork;
}
