import type { Family } from "./ip.ts";

/**
 * The MTU that every link with IPv6 must have (RFC 8200 section 5). The kernel turns IPv6 off on an interface with
 * less.
 */
export const leastIpv6Mtu = 1280;

/** The size of a datagram that every host must accept (RFC 791 section 3.1). */
const leastIpv4Mtu = 576;

/** The least MTU of a network with subnets of these families. */
export function leastMtu(families: readonly Family[]): number {
  return families.includes(6) ? leastIpv6Mtu : leastIpv4Mtu;
}
