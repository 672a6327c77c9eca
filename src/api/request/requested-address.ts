import { refusal } from "#src/core/errors.ts";
import { parseCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { textList } from "../text/text-list.ts";

export interface RequestedAddress {
  readonly ip: IpAddress;
  /** The mask that the user wrote, if any; the allocator checks it against the network's. */
  readonly prefixLength: number | undefined;
}

const maxAddresses = 16;

/** Reads `ipAddress`. Throws `Malformed` for what is no address, for one that stands twice, and for more than 16. */
export function parseAddresses(
  value: string | readonly string[] | undefined,
  field: string,
): readonly RequestedAddress[] {
  const elements = textList(value, field);
  if (elements.length > maxAddresses) {
    throw refusal("Malformed", {
      field,
      value,
      reason: `asks for ${elements.length} addresses`,
      remedy: `ask for at most ${maxAddresses} on one interface`,
    });
  }
  const addresses: RequestedAddress[] = [];
  for (const element of elements) {
    const address = parseAddress(element.text);
    if (address === undefined) {
      throw refusal("Malformed", {
        field: element.field,
        value: element.text,
        reason: "is not an IPv4 or IPv6 address",
        remedy: "write one such as 10.1.0.7, 10.1.0.7/24 or fd00:1::7, or leave ipAddress out",
      });
    }
    if (addresses.some((earlier) => equalIp(earlier.ip, address.ip))) {
      throw refusal("Malformed", {
        field: element.field,
        value: element.text,
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
