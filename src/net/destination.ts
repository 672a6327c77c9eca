import { type Cidr, cidrAround, parseCidr } from "./cidr.ts";
import { addressBits, type IpAddress, parseIp } from "./ip.ts";

/** The destination of a route; `address` is what was written, which may have bits behind the mask. */
export interface Destination {
  readonly cidr: Cidr;
  readonly address: IpAddress;
}

/**
 * Reads the destination of a route, a prefix or one address; `default` for the default route in any spelling, which is never
 * one of a list of routes; `undefined` for anything else.
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
 * Subnets of a network to which none of its interfaces needs a route, since each is in them. One of several of a family is
 * left out: an interface may have its address in another.
 */
export function soleSubnets<T extends { readonly cidr: Cidr }>(subnets: readonly T[]): readonly T[] {
  return subnets.filter(({ cidr }) => subnets.filter((one) => one.cidr.family === cidr.family).length === 1);
}
