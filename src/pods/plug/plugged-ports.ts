// Refuses new interfaces that do not fit a pod which runs: its node, or the routes that it has. Pure.
import { wireLabel } from "#src/api/provider-network/wire-label.ts";
import { refuseSecondDefaultGateway } from "#src/api/request/exclusive-settings.ts";
import { maxInterfaces } from "#src/api/request/request.ts";
import type { InterfaceResult, RouteResult } from "#src/api/result.ts";
import { type AppError, refusal } from "#src/core/errors.ts";
import { parseCidr, printCidr } from "#src/net/cidr.ts";
import { type Family, parseIp } from "#src/net/ip.ts";
import { gatewaysOf, interfaceSubnets } from "../networks/interface-subnets.ts";
import type { NetworkedInterface } from "../networks/networked-interface.ts";
import { type CarriedWires, wiredInterfaces } from "../placement/pod-placement.ts";

/** Throws `ChangeRefused` when the pod would have too many interfaces. */
export function refuseMany(field: string, count: number): void {
  if (count <= maxInterfaces) return;
  throw refusal("ChangeRefused", {
    field,
    value: count,
    reason: `is the number of interfaces that the pod would have, and it may have ${maxInterfaces}`,
    remedy: "unplug others first, and wait until they have left",
  });
}

/** Throws `WireMissing` when the node of a pod lacks a wire of the new interfaces, or the pod has no node yet. */
export function refuseUnwired(
  items: readonly NetworkedInterface[],
  nodeName: string | undefined,
  carried: CarriedWires | undefined,
): void {
  for (const { field, network, wire } of wiredInterfaces(items)) {
    const at = { field: `${field}.name`, value: network };
    if (nodeName === undefined) {
      throw refusal("WireMissing", {
        ...at,
        reason: `is on the wire ${wire}, and the pod is on no node yet`,
        remedy: "plug it when the pod has a node, or create the pod with it: then it goes to a node with the wire",
      });
    }
    if (carried === undefined) throw notRead(at);
    if (carried.on(nodeName)?.has(wire) === true) continue;
    throw refusal("WireMissing", {
      ...at,
      reason: `is on the wire ${wire}, which the pod's node ${nodeName} does not carry`,
      remedy: `create the pod with the network, so that it goes to one of: kubectl get nodes -l ${wireLabel(wire)}`,
    });
  }
}

function notRead(at: { readonly field: string; readonly value: string }): AppError {
  return refusal("BackendUnavailable", {
    ...at,
    reason: "has a wire, and the nodes were not read yet",
    remedy: "try again",
  });
}

/** Throws `RouteInvalid` when a new interface asks for the default route that another one of the pod has. */
export function refuseSecondDefault(items: readonly NetworkedInterface[], staying: readonly InterfaceResult[]): void {
  refuseSecondDefaultGateway([
    ...staying.map(({ interface: name, defaultGateway, gateway_ip }) => ({
      field: `the interface ${name}`,
      defaultGateway: defaultGateway === "true",
      families: gateway_ip.flatMap((text): Family[] => {
        const ip = parseIp(text);
        return ip === undefined ? [] : [ip.family];
      }),
    })),
    ...items.map((item) => ({
      field: item.asked.field,
      defaultGateway: item.asked.defaultGateway,
      families: gatewaysOf(item).map(({ family }) => family),
    })),
  ]);
}

/** Throws `RouteInvalid` when the pod has a route to a subnet that it is to join: the kernel would go on using that. */
export function refuseRoutedSubnets(items: readonly NetworkedInterface[], staying: readonly InterfaceResult[]): void {
  for (const item of items) {
    const subnets = ([4, 6] as const).flatMap((family) => interfaceSubnets(item, family).subnets);
    for (const { cidr } of subnets) {
      const subnet = printCidr(cidr);
      const holder = staying.find(({ routes = [] }) => routes.some((route) => destinationOf(route) === subnet));
      if (holder === undefined) continue;
      throw refusal("RouteInvalid", {
        field: `${item.asked.field}.name`,
        value: item.network.name,
        reason: `has the subnet ${subnet}, to which the pod has a route by its interface ${holder.interface}`,
        remedy: "create the pod with both networks, so that the route is left out",
      });
    }
  }
}

/** The result of a new interface without the routes to where the pod has others: a destination stands once in a routing table. */
export function withoutTakenRoutes(plugged: InterfaceResult, staying: readonly InterfaceResult[]): InterfaceResult {
  const taken = new Set(
    staying.flatMap(({ routes = [], ip_address, dhcp }) => [
      ...routes.map(destinationOf),
      ...(dhcp === true ? [] : ip_address.map(prefixOf)),
    ]),
  );
  const { routes = [], ...rest } = plugged;
  const left = routes.filter((route) => !taken.has(destinationOf(route)));
  return left.length === 0 ? rest : { ...rest, routes: left };
}

function destinationOf({ dst }: RouteResult): string {
  return prefixOf(dst);
}

function prefixOf(text: string): string {
  const parsed = parseCidr(text);
  return parsed === undefined ? text : printCidr(parsed.cidr);
}
