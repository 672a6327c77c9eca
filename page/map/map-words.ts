import type { ViewItem } from "#src/view/contract/view-item.ts";
import type { MapNode } from "./map-groups.ts";

/** The number of objects of a node that are not ready. */
export function faultsOf({ members }: MapNode): number {
  return members.filter(({ ready }) => ready === "no").length;
}

/** A fact about an object: words, or the keys of other objects. */
export interface ItemFact {
  readonly name: string;
  readonly words?: readonly string[];
  readonly keys?: readonly string[];
  /** The number of further objects. Absent when `keys` has all. */
  readonly more?: number | undefined;
}

/** Gives the facts about an object that has no view of its own. */
export function factsOf(item: ViewItem): readonly ItemFact[] {
  return factsOfKind(item).filter(({ words = [], keys = [] }) => words.length + keys.length > 0);
}

function factsOfKind(item: ViewItem): readonly ItemFact[] {
  switch (item.kind) {
    case "wire":
      return [{ name: "Provider networks", words: item.providerNetworks }];
    case "uplink":
      return [
        { name: "Addresses", words: item.addresses },
        { name: "Next hops", words: item.nextHops },
        { name: "Gateways", words: item.chassis },
        { name: "Wire", keys: defined(item.wire) },
      ];
    case "router":
      return [{ name: "Uplink", keys: defined(item.uplink) }];
    case "network":
      return [
        { name: "Subnets", words: item.usage.filter(({ pool }) => pool === undefined).map(({ of }) => of) },
        { name: "Routers", keys: item.routers },
        { name: "Wire", keys: defined(item.wire) },
        { name: "Uplink", keys: defined(item.uplink) },
      ];
    case "service":
      return [
        { name: "Network", keys: defined(item.network) },
        { name: "Addresses", words: item.addresses },
        { name: "Outside", words: item.outside },
        { name: "Ports", words: item.ports },
      ];
    case "floatingip":
      return [
        { name: "Address", words: defined(item.address) },
        { name: "Uplink", keys: defined(item.uplink) },
        { name: "Pod", keys: defined(item.pod) },
        { name: "Address in the pod", words: defined(item.podAddress) },
        { name: "Network", keys: defined(item.network) },
        { name: "What to do", words: defined(item.cure) },
      ];
    case "policy":
      return [
        { name: "Networks", keys: item.networks },
        { name: "Isolates", words: item.isolates },
        { name: "Rules", words: [String(item.rules)] },
        { name: "Pods", words: [String(item.pods)] },
      ];
    case "chain":
      return item.hops.map(({ name, pods }) => ({ name: `Function ${name}`, keys: pods.map(({ pod }) => pod) }));
    case "tap":
      return [
        { name: "Sink", words: item.sink === "" ? ["none"] : [item.sink] },
        { name: "Sources", keys: item.sources.map(({ pod }) => pod) },
      ];
    case "pod":
      return [
        { name: "Node", keys: defined(item.node) },
        { name: "Networks", keys: [...new Set(item.interfaces.flatMap(({ network }) => defined(network)))] },
        { name: "Addresses", words: item.interfaces.flatMap(({ addresses }) => addresses) },
        { name: "Floating IPs", keys: item.floatingIps ?? [], more: item.moreFloatingIps },
        { name: "Policies", keys: item.policies ?? [], more: item.morePolicies },
      ];
    case "node":
      return [
        { name: "Agent", words: defined(item.agentVersion) },
        { name: "Wires", keys: item.wires.map(({ wire }) => wire) },
        { name: "Gateway of", keys: item.gatewayOf },
      ];
    case "claim":
      return [{ name: "Addresses", words: item.addresses }];
  }
}

function defined(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}
