import type { NetworkState } from "#cni/plumbing/network-state.ts";
import { wireBridgeName } from "./bridge-name.ts";
import type { OvsWiring } from "./ovs-wiring.ts";

/** Why a node is not connected to a wire, with the remedy. */
export interface WireProblem {
  /** One word. */
  readonly reason: string;
  readonly message: string;
}

/** The device of the kernel's datapath. It is the master of all interfaces that Open vSwitch has taken. */
const datapathDevice = "ovs-system";
const another = "name another interface for this node in the ProviderNetwork's nodes";

/**
 * Says why an interface must not be put on a bridge: something else uses it, so that the node could be cut off. Undefined when
 * it is free, or on our bridge already.
 */
export function interfaceProblem(
  name: string,
  { links, routes }: Pick<NetworkState, "links" | "routes">,
  { bridges }: Pick<OvsWiring, "bridges">,
): WireProblem | undefined {
  const link = links.find((one) => one.name === name);
  if (link === undefined)
    return { reason: "InterfaceMissing", message: `the node has no interface ${name}: ${another}` };
  const holder = bridges.find(
    ({ madeFor, ports }) =>
      madeFor !== name && ports.some(({ interfaces }) => interfaces.some((one) => one.name === name)),
  );
  if (holder !== undefined) {
    const message = `${name} is on the bridge ${holder.name} of somebody else: let the ProviderNetwork say adoptBridge: ${holder.name}`;
    return { reason: "InterfaceOnBridge", message };
  }
  const { master } = link;
  if (master !== undefined && master !== datapathDevice) {
    const message = `${name} is a member of ${master}: ${another}, such as ${master} when it is a bond`;
    return { reason: "InterfaceEnslaved", message };
  }
  const address = link.addresses.find((one) => !isLinkLocal(one));
  if (address !== undefined) {
    const message = `${name} has the address ${address}, and the node would lose it: ${another}, take the address away, or give a bridge that has both by adoptBridge`;
    return { reason: "InterfaceHasAddress", message };
  }
  const route = routes.find(({ to, hops }) => !isLinkLocal(to) && hops.some(({ device }) => device === name));
  if (route !== undefined) {
    const message = `the node has a route to ${route.to} over ${name}, and would lose it: ${another}, or take the route away`;
    return { reason: "InterfaceHasRoute", message };
  }
  const above = links.find(({ lower }) => lower === name);
  if (above !== undefined) {
    const message = `${above.name} runs over ${name}, and would be cut off: remove ${above.name}, or ${another}`;
    return { reason: "InterfaceCarriesLink", message };
  }
  const bridge = wireBridgeName(name);
  const own = bridges.find((one) => one.name === bridge);
  if (own === undefined ? links.some((one) => one.name === bridge) : own.madeFor !== name) {
    const message = `the node has a ${bridge} of somebody else, which is the name of the bridge for ${name}: rename it, or let the ProviderNetwork say adoptBridge: ${bridge}`;
    return { reason: "BridgeNameTaken", message };
  }
  return undefined;
}

/** True for an address or prefix that the kernel gives to an interface by itself. */
function isLinkLocal(text: string): boolean {
  return /^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(text);
}
