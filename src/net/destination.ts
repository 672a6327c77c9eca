import { type Cidr, cidrAround, parseCidr } from "./cidr.ts";
import { addressBits, type IpAddress, parseIp } from "./ip.ts";

/** The destination of a route. `address` is the address as it was written, which may have bits behind the mask. */
export interface Destination {
  readonly cidr: Cidr;
  readonly address: IpAddress;
}

/**
 * Reads the destination of a route, which is a prefix or one address. Gives `default` for the default route in any
 * spelling, since it is never part of a list of routes, and `undefined` for any other text.
 */
export function parseDestination(text: string): Destination | "default" | undefined {
  const host = parseIp(text);
  const prefix = host === undefined ? parseCidr(text) : undefined;
  if (text.toLowerCase() === "default" || prefix?.cidr.prefixLength === 0) return "default";
  if (host === undefined) return prefix;
  const cidr = cidrAround(host, addressBits[host.family]);
  return cidr && { cidr, address: host };
}

/**
 * Selects the subnets of a network to which its interfaces need no route, since each interface is in them. A subnet
 * that is one of several of its family is left out: an interface may have its address in another one.
 */
export function soleSubnets<T extends { readonly cidr: Cidr }>(subnets: readonly T[]): readonly T[] {
  return subnets.filter(({ cidr }) => subnets.filter((one) => one.cidr.family === cidr.family).length === 1);
}
