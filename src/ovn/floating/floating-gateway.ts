import type { IpRange } from "#src/net/range.ts";
import { parseExcludeIps } from "#src/net/range.ts";
import { externalId, ownerValue } from "../external-ids.ts";
import type { NamespaceNames } from "../network.ts";
import { namespacesIn } from "../switches/network-from-switch.ts";

/** The gateway of an Uplink as those see it who hand out its floating addresses. It is a plain value. */
export interface FloatingGateway {
  /** The name of the Uplink. */
  readonly uplink: string;
  readonly routerUuid: string;
  /** The ProviderNetwork on whose switch it has a port; undefined where the gateway has a switch of its own. */
  readonly providerNetwork: string | undefined;
  /** The addresses that it hands out. It is empty for an Uplink without floating addresses. */
  readonly ranges: readonly IpRange[];
  readonly allowedNamespaces: NamespaceNames;
  /** The selector when labels of namespaces decide, in the JSON of external-ids.ts. */
  readonly namespaceSelector: string | undefined;
  /** The most addresses of one namespace; undefined for no limit. */
  readonly limit: number | undefined;
}

/** Reads a router as the gateway of an Uplink. Undefined for every other router. Addresses that cannot be read are not handed out. */
export function floatingGatewayOf(
  uuid: string,
  row: { readonly external_ids: ReadonlyMap<string, string> },
): FloatingGateway | undefined {
  const text = (name: Parameters<typeof externalId>[0]): string | undefined => row.external_ids.get(externalId(name));
  const uplink = text("uplink");
  if (text("owner") !== ownerValue || uplink === undefined) return undefined;
  const limit = text("floating-limit");
  return {
    uplink,
    routerUuid: uuid,
    providerNetwork: text("provider-network"),
    ranges: parseExcludeIps(text("floating-addresses") ?? "") ?? [],
    allowedNamespaces: namespacesIn(row, "allowed-namespaces"),
    namespaceSelector: text("namespace-selector"),
    limit: limit === undefined ? undefined : Number(limit),
  };
}
