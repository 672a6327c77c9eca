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
