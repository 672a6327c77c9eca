import { refusal } from "#src/core/errors.ts";
import { parseCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, parseIp } from "#src/net/ip.ts";
import type { RequestedAddress } from "./requested-address.ts";
import { textList } from "../text/text-list.ts";

/**
 * Reads `gwipaddress`: at most one gateway of each family, without mask. Throws `Malformed`, or `RouteInvalid` for one
 * of the interface's own addresses.
 */
export function parseGateways(
  value: string | readonly string[] | undefined,
  field: string,
  own: readonly RequestedAddress[],
): readonly IpAddress[] {
  const gateways: IpAddress[] = [];
  for (const { text, field: place } of textList(value, field)) {
    const gateway = parseGateway(text, place, own);
    if (gateways.some(({ family }) => family === gateway.family)) {
      throw refusal("Malformed", {
        field: place,
        value: text,
        reason: `is a second IPv${gateway.family} gateway`,
        remedy: "name at most one gateway of each family",
      });
    }
    gateways.push(gateway);
  }
  return gateways;
}

/** Reads one gateway, of an interface or of a route, that is not one of the addresses in `own`. */
export function parseGateway(text: string, field: string, own: readonly RequestedAddress[]): IpAddress {
  const gateway = parseIp(text);
  if (gateway === undefined) {
    const withMask = parseCidr(text) !== undefined;
    throw refusal("Malformed", {
      field,
      value: text,
      reason: withMask ? "has a mask, which a gateway does not take" : "is not an IPv4 or IPv6 address",
      remedy: withMask
        ? `write ${text.slice(0, text.indexOf("/"))}`
        : "write an address such as 10.1.0.1, or leave it out",
    });
  }
  if (own.some(({ ip }) => equalIp(ip, gateway))) {
    throw refusal("RouteInvalid", {
      field,
      value: text,
      reason: "is an address of the interface itself",
      remedy: "name the address of the router on the network",
    });
  }
  return gateway;
}
