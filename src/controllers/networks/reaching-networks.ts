import type { ReachableFrom } from "#src/api/network/network-config.ts";
import { storedNetworkSpecSchema } from "#src/api/network/network-schema.ts";
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

const reachSchema = storedNetworkSpecSchema.pick({ reachableFrom: true }).loose();

/** True for a Network whose `reachableFrom` names the namespace, whatever else is wrong with its spec. */
export function namesNamespace({ object }: Pick<NetworkObject, "object">, namespace: string): boolean {
  const { reachableFrom } = reachSchema.safeParse(object["spec"]).data ?? {};
  return reachableFrom?.namespaces?.includes(namespace) === true;
}
