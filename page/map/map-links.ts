import type { ViewItem, ViewKind } from "#src/view/contract/view-item.ts";

/** A link from an object to another one, and whether the map is laid out by it. */
interface MapLink {
  readonly to: string;
  /** True for links that would cross the whole map: they are drawn for a selected object only. */
  readonly isAside: boolean;
}

/** The kinds on the map, from the outside of the cluster to its nodes. Claims are in the address spaces of networks. */
export const mapKinds = [
  "wire",
  "uplink",
  "router",
  "network",
  "floatingip",
  "policy",
  "service",
  "chain",
  "tap",
  "pod",
  "node",
] as const satisfies readonly ViewKind[];

export type MapKind = (typeof mapKinds)[number];

/** The links that an object of the map names itself. */
export function linksOf(item: ViewItem): readonly MapLink[] {
  const own = inMap(ownLinks(item));
  const aside = asideLinks(item);
  return aside.length === 0 ? own : [...own, ...inMap(aside, true)];
}

function asideLinks(item: ViewItem): readonly string[] {
  if (item.kind === "node") return [...item.wires.map(({ wire }) => wire), ...item.gatewayOf];
  // One policy may select all pods of a namespace.
  return item.kind === "pod" ? (item.policies ?? []) : [];
}

function ownLinks(item: ViewItem): readonly (string | undefined)[] {
  switch (item.kind) {
    case "network":
      // A wire behind an uplink is reached by way of it.
      return [...item.routers, item.uplink, item.wire];
    case "router":
      return [...item.routers, item.uplink];
    case "uplink":
      return [item.wire];
    case "pod":
      return [...item.interfaces.map(({ network }) => network), ...(item.floatingIps ?? []), item.node];
    case "floatingip":
      return [item.uplink];
    case "policy":
      return item.networks;
    case "service":
      return [item.network];
    case "chain":
      return item.hops.flatMap(({ left, right, pods }) => [left, right, ...pods.map(({ pod }) => pod)]);
    case "tap":
      return item.sources.map(({ pod }) => pod);
    case "wire":
    case "node":
    case "claim":
      return [];
  }
}

function inMap(keys: readonly (string | undefined)[], isAside = false): readonly MapLink[] {
  return [...new Set(keys)].flatMap((to) => (to === undefined ? [] : [{ to, isAside }]));
}
