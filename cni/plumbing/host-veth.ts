// The kernel's half of an interface: veth pairs, addresses and routes of one sandbox, made by `ovn4nfv-netlink`.
import { createHash } from "node:crypto";

/**
 * Name of the host's end of a pod interface: `ovn` and 48 bits of a hash over both names, so 15 characters whatever
 * the length of the container id, and different for interfaces whose names only begin alike.
 */
export function hostVethName(containerId: string, interfaceName: string): string {
  const hash = createHash("sha256").update(`${containerId}\0${interfaceName}`).digest("hex");
  return `ovn${hash.slice(0, 12)}`;
}
