import { type Cidr, cidrAround, lastIp, parseCidr, printCidr } from "./cidr.ts";
import { addressBits, equalIp, parseIp, printIp } from "./ip.ts";
import type { IpRange } from "./range.ts";

/** Reads an address or a prefix without bits behind its mask. Undefined for any other text, and for a prefix of length 0. */
export function parseAllowed(text: string): Cidr | undefined {
  const host = parseIp(text);
  if (host !== undefined) return cidrAround(host, addressBits[host.family]);
  const found = parseCidr(text);
  if (found === undefined || found.cidr.prefixLength === 0) return undefined;
  return equalIp(found.address, found.cidr.first) ? found.cidr : undefined;
}

/** All addresses of a prefix. */
export function rangeOfAllowed(cidr: Cidr): IpRange {
  return { first: cidr.first, last: lastIp(cidr) };
}

/** A single address is printed without its mask, as OVN's `port_security` wants it. */
export function printAllowed(cidr: Cidr): string {
  return cidr.prefixLength === addressBits[cidr.family] ? printIp(cidr.first) : printCidr(cidr);
}
