import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { logicalRouter, topologyRouterPort } from "#src/ovn/owned/topology-tables.ts";
import { gatewayName, uplinkScopes } from "#src/ovn/rows/uplink-rows.ts";
import type { ViewRouter } from "#src/view/contract/view-item.ts";
import { given, viewKeyIf, viewKey } from "./readiness.ts";
import type { ViewFacts } from "./view-facts.ts";

/** To what a switch is connected. */
export interface SwitchLinks {
  /** The names of the routers. */
  readonly routers: readonly string[];
  /** The name of its wire in `ovn-bridge-mappings`. */
  readonly wire: string | undefined;
}

type Northbound = NonNullable<ViewFacts["nb"]>;

/** The links of each switch, by its UUID. */
export function switchLinks(nb: Northbound): ReadonlyMap<string, SwitchLinks> {
  const routerPorts = nb.rows(topologyRouterPort);
  const routerOf = new Map<string, string>();
  for (const router of nb.rows(logicalRouter).values()) {
    for (const uuid of router.ports) {
      const port = routerPorts.get(uuid);
      if (port !== undefined) routerOf.set(port.name, router.name);
    }
  }
  const ports = nb.rows(controllerPort);
  const links = [...nb.rows(logicalSwitch)].map(([uuid, { ports: own }]) => {
    const routers = new Set<string>();
    let wire: string | undefined;
    for (const port of own) {
      const { type, options } = ports.get(port) ?? { type: "" };
      if (type === "localnet") wire = options?.get("network_name");
      const router = type === "router" ? routerOf.get(options?.get("router-port") ?? "") : undefined;
      if (router !== undefined) routers.add(router);
    }
    return [uuid, { routers: [...routers].sort(), wire }] as const;
  });
  return new Map(links);
}

/** The routers that there are. `isNetwork` says which switches are shown themselves. */
export function routerItems(
  nb: Northbound,
  links: ReadonlyMap<string, SwitchLinks>,
  isNetwork: (switchUuid: string) => boolean,
): readonly ViewRouter[] {
  const joined = [...links].flatMap(([uuid, { routers }]) => (isNetwork(uuid) ? [] : [routers]));
  return [...nb.rows(logicalRouter).values()].map(({ name, external_ids: ids }): ViewRouter => {
    const others = joined.flatMap((routers) => (routers.includes(name) ? routers.filter((one) => one !== name) : []));
    const [scope] = (ids.get(externalId("row")) ?? "").split("/");
    const prefix = gatewayName("");
    const uplink = scope === uplinkScopes && name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    return {
      kind: "router",
      key: viewKey("router", name),
      name,
      ready: "yes",
      routers: [...new Set(others)].sort().map((one) => viewKey("router", one)),
      ...given("uplink", viewKeyIf("uplink", uplink)),
    };
  });
}
