import type { ViewItem } from "#src/view/contract/view-item.ts";
import { type MapKind, mapKinds } from "./map-links.ts";

/** So many objects of a kind are shown one by one. More are a group. */
export const mostSingles = 12;
/** So many objects are shown of a group that was opened. */
export const mostOpened = 40;

/** A node of the map: an object, or a group of objects. */
export interface MapNode {
  /** The key of the object, or `group:` and words for a group. */
  readonly id: string;
  readonly kind: MapKind;
  readonly label: string;
  readonly members: readonly ViewItem[];
  readonly isGroup: boolean;
  /** False for a group that cannot be opened, because too much would be in it. */
  readonly canOpen: boolean;
}

/** Makes nodes of the objects of the map: large kinds are groups, except where `open` has the group. */
export function groupItems(items: readonly ViewItem[], open: ReadonlySet<string>): readonly MapNode[] {
  const byKind = Map.groupBy(items, ({ kind }) => kind);
  return mapKinds.flatMap((kind) => nodesOfKind(kind, byKind.get(kind) ?? [], open));
}

function nodesOfKind(kind: MapKind, items: readonly ViewItem[], open: ReadonlySet<string>): readonly MapNode[] {
  if (items.length <= mostSingles) return items.map((item) => single(kind, item));
  const inner = innerGroups(items);
  const outer = `group:${kind}`;
  // A few groups by what they are connected to tell more than one group of everything.
  const startsOpen = kind === "pod" && inner.size <= mostSingles;
  if (!startsOpen && !open.has(outer)) return [group(kind, outer, `${items.length} ${plurals[kind]}`, items)];
  if (!startsOpen && items.length <= mostOpened) return items.map((item) => single(kind, item));
  return [...inner].flatMap(([link, members]) => {
    const [first] = members;
    if (members.length === 1 && first !== undefined) return [single(kind, first)];
    const id = `${outer}:${link}`;
    const where = link === "" ? "alone" : `on ${link.slice(link.indexOf("/") + 1)}`;
    if (!open.has(id)) return [group(kind, id, `${members.length} ${plurals[kind]} ${where}`, members)];
    const shown = members.slice(0, mostOpened).map((item) => single(kind, item));
    const rest = members.slice(mostOpened);
    if (rest.length === 0) return shown;
    return [...shown, group(kind, `${id}:rest`, `${rest.length} more ${where}`, rest, false)];
  });
}

/** Objects of one kind by the first thing that they are connected to. */
function innerGroups(items: readonly ViewItem[]): ReadonlyMap<string, readonly ViewItem[]> {
  return Map.groupBy(items, (item) => {
    if (item.kind === "pod") return item.interfaces[0]?.network ?? "";
    if (item.kind === "floatingip") return item.uplink ?? "";
    if (item.kind === "policy") return item.networks[0] ?? "";
    if (item.kind === "network") return item.routers[0] ?? item.wire ?? item.uplink ?? "";
    return item.kind === "service" ? (item.network ?? "") : (item.namespace ?? "");
  });
}

function single(kind: MapKind, item: ViewItem): MapNode {
  return { id: item.key, kind, label: item.name, members: [item], isGroup: false, canOpen: false };
}

function group(kind: MapKind, id: string, label: string, members: readonly ViewItem[], canOpen = true): MapNode {
  return { id, kind, label, members, isGroup: true, canOpen };
}

/** The names for several objects of a kind. */
export const plurals = {
  wire: "wires",
  uplink: "uplinks",
  router: "routers",
  network: "networks",
  floatingip: "floating IPs",
  policy: "policies",
  service: "services",
  chain: "chains",
  tap: "taps",
  pod: "pods",
  node: "nodes",
} as const satisfies Record<MapKind, string>;
