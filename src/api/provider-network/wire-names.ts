// The names of a wire: an interface of a node, and the physical network by which OVN knows it.

/** An interface or bridge of the kernel has 1 to 15 bytes. Fewer characters than the kernel takes are accepted. */
export const interfaceNamePattern = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,13}[A-Za-z0-9])?$/;

/** The name stands in `ovn-bridge-mappings`, where `:` and `,` separate, and is the name of a label of nodes. */
export const physicalNetworkPattern = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

const defaultPrefix = "ovn4nfv-";
const nodusPrefix = "nw_";

/** The physical network of a wire that no ProviderNetwork names: the same for all that have this interface or bridge. */
export function defaultPhysicalNetwork(interfaceOrBridge: string): string {
  return defaultPrefix + interfaceOrBridge;
}

/** True for a name that Nodus gives to physical networks. On a bridge of a VLAN network it tags the frames itself. */
export function isNodusPhysicalNetwork(physicalNetwork: string): boolean {
  return physicalNetwork.startsWith(nodusPrefix);
}
