import type { LinkState, NetworkState } from "./network-state.ts";

/**
 * Finds the link that an interface has become when KubeVirt bound a virtual machine to it by a bridge: it gives the link another name and
 * MAC, takes its addresses away, and makes a link of the old name in its place. Undefined for an interface that is as it was.
 */
export function linkOfGuest(name: string, { links }: Pick<NetworkState, "links">): LinkState | undefined {
  const renamed = `${name.replace(/^pod/, "")}-nic`;
  return links.find((link) => link.name === renamed && link.master !== undefined);
}
