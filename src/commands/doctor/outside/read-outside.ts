import { type NetworkObject, projectNetwork } from "#src/controllers/networks/network-object.ts";
import { type FloatingIpObject, projectFloatingIp } from "#src/controllers/floating/floating-ip-object.ts";
import { projectUplink, type UplinkObject } from "#src/controllers/uplinks/uplink-object.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";

/** The objects that lead to networks outside of the cluster. */
export interface OutsideFacts {
  readonly uplinks: readonly UplinkObject[];
  readonly providerNetworks: readonly NetworkObject[];
  readonly floatingIps: readonly FloatingIpObject[];
}

/** Reads all kinds; one that is not installed has no objects. Throws the error of the API server. */
export async function readOutside(client: ApiClient, call: CallOptions): Promise<OutsideFacts> {
  const [uplinks, networks, addresses] = await Promise.all([
    new ResourceApi(client, resources.uplinks).listInstalled({}, call),
    new ResourceApi(client, resources.providerNetworks).listInstalled({}, call),
    new ResourceApi(client, resources.floatingIps).listInstalled({}, call),
  ]);
  return {
    uplinks: uplinks.map(projectUplink),
    providerNetworks: networks.map((item) => projectNetwork(item, "ProviderNetwork")),
    floatingIps: addresses.map(projectFloatingIp),
  };
}
