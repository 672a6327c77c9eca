// Makes of the pod's result the interfaces of one sandbox, as the kernel is to have them.
import { createHash } from "node:crypto";
import type { InterfaceResult } from "#src/api/result.ts";
import type { Bandwidth } from "#src/api/request/bandwidth.ts";
import type { Family } from "#src/net/ip.ts";
import { interfaceRouteTable, tableRoutes } from "./interface-route-table.ts";

/** One interface as the kernel is to have it. The texts are those of the result annotation, checked when it was read. */
export interface PodInterface {
  readonly name: string;
  readonly hostName: string;
  readonly mac: string;
  readonly mtu: number;
  /** With prefix length. */
  readonly addresses: readonly string[];
  /** The addresses of the guest behind the interface, which carries none itself. */
  readonly guestAddresses?: readonly string[] | undefined;
  /** True for the sink of a tap, which receives copies of what other pods send. */
  readonly isSink?: true;
  readonly routes: readonly { readonly dst: string; readonly gw?: string | undefined }[];
  /** The DNS settings of its network. */
  readonly dns: InterfaceResult["dns"];
  /** The gateways of its network, without prefix length. */
  readonly gateways: readonly string[];
  /** Next hops of the default route that this interface is asked to carry. It is empty when it carries none. */
  readonly defaultGateways: readonly string[];
  /** Number of its own routing table (cni/plumbing/source-routing.ts), when it needs one beside the main table. */
  readonly table?: number | undefined;
  /** Routes for that table. */
  readonly tableRoutes: PodInterface["routes"];
  readonly bandwidth: Bandwidth | undefined;
}

/**
 * The interfaces of one sandbox from the pod's result. `largestMtu` is the largest MTU that the node's tunnels carry; an
 * interface has it unless its network sets a smaller one, or has a wire, which no tunnel bounds. `all` is the whole result,
 * when `results` belong to one of several calls for the pod.
 */
export function podInterfaces(
  containerId: string,
  results: readonly InterfaceResult[],
  largestMtu: number,
  all: readonly InterfaceResult[] = results,
): readonly PodInterface[] {
  const inPod = all.map(asThePodHasIt);
  const addresses = inPod.map(({ ip_address: list }) => list);
  return results.map((whole) => {
    const index = all.indexOf(whole);
    const result = inPod[index] ?? whole;
    return {
      name: result.interface,
      hostName: hostVethName(containerId, result.interface),
      mac: result.mac_address,
      mtu: mtuOf(result, largestMtu),
      addresses: result.ip_address,
      ...(whole.dhcp === true ? { guestAddresses: whole.ip_address } : {}),
      ...(whole.tap === true ? { isSink: true as const } : {}),
      routes: result.routes ?? [],
      dns: result.dns,
      gateways: result.gateway_ip,
      defaultGateways: result.defaultGateway === "true" ? result.gateway_ip : [],
      table: interfaceRouteTable(index, addresses),
      tableRoutes: tableRoutes(result, inPod),
      bandwidth: result.bandwidth,
    };
  });
}

/** A guest has the addresses, routes and names of its interface to itself. */
function asThePodHasIt(result: InterfaceResult): InterfaceResult {
  if (result.dhcp !== true) return result;
  return { ...result, ip_address: [], gateway_ip: [], defaultGateway: "false", routes: undefined, dns: undefined };
}

/** In bytes. The packets of every network fit, and Open vSwitch in user space keeps buffers of this size for each port. */
const tapMtu = 9_216;

function mtuOf({ mtu, wire, tap }: InterfaceResult, largestMtu: number): number {
  if (tap === true) return tapMtu;
  return wire === undefined ? Math.min(mtu ?? largestMtu, largestMtu) : (mtu ?? largestMtu);
}

/**
 * Name of the host's end of a pod interface: `ovn` and 48 bits of a hash over both names. So it has 15 characters for a
 * container id of any length, and interfaces whose names begin alike have different host names.
 */
export function hostVethName(containerId: string, interfaceName: string): string {
  const hash = createHash("sha256").update(`${containerId}\0${interfaceName}`).digest("hex");
  return `ovn${hash.slice(0, 12)}`;
}

/** Name of the ifb that belongs to the host's end with this name; `unpair` (cni/netlink/links.c) removes it with the pair. */
export function ifbName(hostName: string): string {
  return `ifb${hostName.slice(3)}`;
}

/** Whether a link may be the host's end of a pod interface. */
export function isHostVethName(name: string): boolean {
  return /^ovn[0-9a-f]{12}$/.test(name);
}

export function familyOfText(addressOrCidr: string): Family {
  return addressOrCidr.includes(":") ? 6 : 4;
}

/** The destination of a default route. */
export function defaultDestination(family: Family): string {
  return family === 4 ? "0.0.0.0/0" : "::/0";
}

/** The families in which an interface is to carry the default route. */
export function defaultFamilies(interfaces: readonly PodInterface[]): ReadonlySet<Family> {
  return new Set(interfaces.flatMap(({ defaultGateways }) => defaultGateways.map(familyOfText)));
}
