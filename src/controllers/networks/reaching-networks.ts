import type { ReachableFrom } from "#src/api/network/network-config.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { networkRouterPort } from "#src/ovn/rows/topology.ts";
import type { NetworkObject } from "./network-object.ts";

/**
 * The names of the networks that `reachableFrom` lets in. A Network in one of the namespaces counts when it has a port on the router: one that was
 * refused may have the name of another.
 */
export function reachingNetworks(
  { networks, namespaces }: ReachableFrom,
  all: Iterable<Pick<NetworkObject, "namespace" | "name" | "uid">>,
  { rows }: Pick<OwnedRows, "rows">,
): readonly string[] {
  const named = [...all].filter(
    ({ namespace, name, uid }) => namespaces.includes(namespace) && rows.has(`${uid}/${networkRouterPort(name)}`),
  );
  return [...networks, ...named.map(({ name }) => name)];
}
