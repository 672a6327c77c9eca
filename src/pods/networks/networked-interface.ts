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
}

/**
 * Finds the networks of the interfaces. Leaves out an interface whose network does not exist, exists twice or has wrong
 * settings: the planner refuses it with the reason.
 */
export function networkedInterfaces(
  interfaces: readonly InterfaceRequest[],
  index: Pick<NbAllocator["index"], "named">,
): readonly NetworkedInterface[] {
  return interfaces.flatMap((asked): NetworkedInterface[] => {
    const [state, second] = index.named(asked.network);
    if (state === undefined || second !== undefined || state.network.problem !== undefined) return [];
    return [{ asked, network: networkFor(asked, state.network), addresses: asked.addresses.map(({ ip }) => ip) }];
  });
}

/** The network as an interface uses it. One that only receives has no use for subnets, routes or names. */
export function networkFor({ isTap = false }: InterfaceRequest, network: Network): Network {
  return isTap ? { ...network, subnets: [], routes: [], dns: undefined } : network;
}
