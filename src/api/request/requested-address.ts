import { refusal } from "#src/core/errors.ts";
import { parseCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { elementOf } from "../text/field-place.ts";

/** An address that a user asks for on an interface. */
export interface RequestedAddress {
  readonly ip: IpAddress;
  /** The mask that the user wrote, if any; the allocator checks it against the network's. */
  readonly prefixLength: number | undefined;
}

/** One text with commas between several addresses, or a list of texts; absent when the user wrote nothing. */
type WrittenAddresses = string | readonly string[] | undefined;

/** An interface may ask for so many addresses, and a claim has those of one. */
export const maxAddressesOfInterface = 16;

/** Reads `ipAddress`. Throws `Malformed` for a text that is no address, an address that stands twice, and more than 16. */
export function parseAddresses(written: WrittenAddresses, field: string): readonly RequestedAddress[] {
  const elements = elementsOf(written, field);
  if (elements.length > maxAddressesOfInterface) {
    throw refusal("Malformed", {
      field,
      value: written,
      reason: `asks for ${elements.length} addresses`,
      remedy: `ask for at most ${maxAddressesOfInterface} on one interface`,
    });
  }
  const addresses: RequestedAddress[] = [];
  for (const { text, place } of elements) {
    const address = parseAddress(text);
    if (address === undefined) {
      throw refusal("Malformed", {
        field: place,
        value: text,
        reason: "is not an IPv4 or IPv6 address",
        remedy: "write one such as 10.1.0.7, 10.1.0.7/24 or fd00:1::7, or leave ipAddress out",
      });
    }
    if (addresses.some((earlier) => equalIp(earlier.ip, address.ip))) {
      throw refusal("Malformed", {
        field: place,
        value: text,
        reason: `asks for ${printIp(address.ip)} a second time`,
        remedy: "name each address once",
      });
    }
    addresses.push(address);
  }
  return addresses;
}

function parseAddress(text: string): RequestedAddress | undefined {
  const withMask = parseCidr(text);
  if (withMask !== undefined) return { ip: withMask.address, prefixLength: withMask.cidr.prefixLength };
  const ip = parseIp(text);
  return ip && { ip, prefixLength: undefined };
}

/**
 * Reads `gwipaddress`: at most one gateway of each family, without mask. Throws `Malformed`, or `RouteInvalid` for one
 * of the interface's own addresses.
 */
export function parseGateways(
  written: WrittenAddresses,
  field: string,
  own: readonly RequestedAddress[],
): readonly IpAddress[] {
  const gateways: IpAddress[] = [];
  for (const { text, place } of elementsOf(written, field)) {
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

/** Reads one gateway of an interface or of a route. It must not be one of the addresses in `own`. */
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

/** The single texts that the user wrote. Parts between commas have the place of the whole field. */
function elementsOf(
  written: WrittenAddresses,
  field: string,
): readonly { readonly text: string; readonly place: string }[] {
  if (written === undefined) return [];
  if (typeof written === "string") return written.split(",").map((text) => ({ text: text.trim(), place: field }));
  return written.map((text, index) => ({ text: text.trim(), place: elementOf(field, index) }));
}
