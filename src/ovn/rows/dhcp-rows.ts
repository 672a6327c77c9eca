// The rows by which OVN answers the DHCP requests of guests behind the interfaces of pods, ovn-nb(5) "DHCP_Options", and
// the router advertisements beside them.
import { type Cidr, containsIp, printCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { macOfAddress } from "../links/router-link.ts";
import { dhcpOptions } from "../nb-tables.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import type { NetworkDns } from "../network.ts";
import { quotedText } from "./match-text.ts";

/** A guest asks again after half of this time. The address is kept for it as long as the pod exists. */
const leaseSeconds = 3_600;

/** The MTU that guests are told where the network does not say one: so much passes through the tunnels of nearly every node. */
export const guestMtu = 1_400;

/** The address with which OVN answers where a subnet has no gateway. Nobody else has it: it is of this link alone. */
const serverWithoutGateway = "169.254.0.254";

/** The part of a network that guests are told. */
interface GivingNetwork {
  readonly uid: string;
  /** True when guests get their addresses by DHCP. */
  readonly dhcp?: boolean | undefined;
  readonly subnets: readonly Subnet[];
  readonly routes: readonly { readonly dst: Cidr; readonly gateway: IpAddress | undefined }[];
  readonly dns?: NetworkDns | undefined;
  readonly mtu: number | undefined;
}

interface Subnet {
  readonly cidr: Cidr;
  readonly gateway: IpAddress | undefined;
}

/** The id of the row for one subnet of a network. */
export function dhcpRowId(networkUid: string, cidr: Cidr): string {
  return `${networkUid}/dhcp-${printCidr(cidr)}`;
}

/** Gives one row for each subnet of a network on which guests get their addresses by DHCP. */
export function dhcpRows(network: GivingNetwork): readonly DesiredRow[] {
  if (network.dhcp !== true) return [];
  return network.subnets.map((subnet) => ({
    id: dhcpRowId(network.uid, subnet.cidr),
    table: dhcpOptions,
    columns: { cidr: printCidr(subnet.cidr) },
    maps: { options: subnet.cidr.family === 4 ? ipv4Options(network, subnet) : ipv6Options(network, subnet) },
  }));
}

function ipv4Options(network: GivingNetwork, { cidr, gateway }: Subnet): Readonly<Record<string, string>> {
  const { dns, mtu = guestMtu } = network;
  const server = gateway ?? parseIp(serverWithoutGateway);
  const servers = nameservers(network, 4);
  return defined({
    server_id: server && printIp(server),
    server_mac: server && macOfAddress(server),
    lease_time: leaseSeconds.toString(),
    mtu: mtu.toString(),
    router: gateway && printIp(gateway),
    classless_static_route: staticRoutes(network, { cidr, gateway }),
    dns_server: servers.length === 0 ? undefined : setOf(servers),
    domain_name: dns?.domain && quotedText(dns.domain),
    domain_search_list: dns?.search?.length ? quotedText(dns.search.join(",")) : undefined,
  });
}

function ipv6Options(network: GivingNetwork, { cidr, gateway }: Subnet): Readonly<Record<string, string>> {
  const servers = nameservers(network, 6);
  // Clients discard domains as OVN 23.03 writes them. Those of the network come with the advertisements of its router.
  return defined({
    server_id: macOfAddress(gateway ?? cidr.first),
    dns_server: servers.length === 0 ? undefined : setOf(servers),
  });
}

/** A client that is told such routes ignores the router, RFC 3442, so that the default route is among them. */
function staticRoutes({ routes }: GivingNetwork, { cidr, gateway }: Subnet): string | undefined {
  const reached = routes.flatMap(({ dst, gateway: own }) => {
    const hop = own ?? gateway;
    return dst.family === 4 && hop !== undefined && containsIp(cidr, hop) ? [`${printCidr(dst)},${printIp(hop)}`] : [];
  });
  if (reached.length === 0) return undefined;
  return setOf([...reached, ...(gateway === undefined ? [] : [`0.0.0.0/0,${printIp(gateway)}`])]);
}

/** The server cannot tell a client of one family of servers of the other. */
function nameservers({ dns }: GivingNetwork, family: IpAddress["family"]): readonly string[] {
  const all = (dns?.nameservers ?? []).map(parseIp).filter((ip) => ip !== undefined);
  return all.filter((ip) => ip.family === family).map(printIp);
}

/** Keys of `ipv6_ra_configs` of a router port, ovn-nb(5). */
type AdvertisementKey = "address_mode" | "send_periodic" | "mtu" | "rdnss" | "dnssl";

/**
 * Gives what the router of a network says in its advertisements: addresses come by DHCPv6, and the router is the way out. Undefined for a
 * network without IPv6, where nothing of it may be ours; a key with the value undefined is not to be there.
 */
export function advertisedTo(
  network: GivingNetwork,
): Readonly<Record<AdvertisementKey, string | undefined>> | undefined {
  if (!network.subnets.some(({ cidr }) => cidr.family === 6)) return undefined;
  const isSaid = network.dhcp === true;
  const say = (text: string | undefined): string | undefined => (isSaid ? text : undefined);
  return {
    address_mode: say("dhcpv6_stateful"),
    send_periodic: say("true"),
    mtu: say((network.mtu ?? guestMtu).toString()),
    rdnss: say(nameservers(network, 6)[0]),
    dnssl: say(network.dns?.search?.[0]),
  };
}

function setOf(values: readonly string[]): string {
  return `{${values.join(", ")}}`;
}

function defined(options: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
