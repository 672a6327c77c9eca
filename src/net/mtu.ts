import type { Family } from "./ip.ts";

/** What every link with IPv6 must carry (RFC 8200 section 5); with less the kernel turns IPv6 off on an interface. */
export const leastIpv6Mtu = 1280;

/** What every host must take in (RFC 791 section 3.1). */
const leastIpv4Mtu = 576;

/** The least MTU of a network with subnets of these families. */
export function leastMtu(families: readonly Family[]): number {
  return families.includes(6) ? leastIpv6Mtu : leastIpv4Mtu;
}
