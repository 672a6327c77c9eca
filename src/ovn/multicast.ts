import type { IpAddress } from "#src/net/ip.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";

/** The handling of multicast by a switch. Without it the switch floods every group. */
export interface Multicast {
  /** The switch delivers a group to those that have joined it. */
  readonly snooping: boolean;
  /** The switch asks who is in which group, since without an answer from time to time it forgets. */
  readonly querier: boolean;
}

/** The sources of the queries: the router's end on the network. */
export interface QuerySource {
  readonly mac: Mac;
  readonly addresses: readonly IpAddress[];
}

/** Keys of `other_config` of a Logical_Switch about multicast, ovn-nb(5). All of them are ours on a switch of ours. */
export const multicastKeys = [
  "mcast_snoop",
  "mcast_querier",
  "mcast_eth_src",
  "mcast_ip4_src",
  "mcast_ip6_src",
] as const;

/** The values of those keys; undefined for a key that is not to be there. */
export function multicastConfig(
  { snooping, querier }: Multicast = { snooping: false, querier: false },
  source?: QuerySource,
): Readonly<Record<(typeof multicastKeys)[number], string | undefined>> {
  const asks = snooping && querier && source !== undefined;
  const ip4 = source?.addresses.find(({ family }) => family === 4);
  const has6 = source?.addresses.some(({ family }) => family === 6) === true;
  return {
    mcast_snoop: snooping ? "true" : undefined,
    // Without the key a switch that snoops would ask as well.
    mcast_querier: snooping ? asks.toString() : undefined,
    mcast_eth_src: asks ? source.mac : undefined,
    mcast_ip4_src: asks && ip4 !== undefined ? printIp(ip4) : undefined,
    mcast_ip6_src: asks && has6 ? linkLocalOf(source.mac) : undefined,
  };
}

/** The address of a link that is made from its MAC, RFC 4291, appendix A. MLD asks for one as the source of queries. */
function linkLocalOf(mac: Mac): string {
  const [a = "00", b, c, d, e, f] = mac.split(":");
  const first = (Number.parseInt(a, 16) ^ 2).toString(16).padStart(2, "0");
  const ip = parseIp(`fe80::${first}${b}:${c}ff:fe${d}:${e}${f}`);
  return ip === undefined ? "" : printIp(ip);
}
