// The floating addresses of an Uplink: which there are, and who may have them.
import { refusal } from "#src/core/errors.ts";
import { type AddressInPrefix, containsIp, isNetworkOrBroadcast, lastIp, printCidr } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, printIp } from "#src/net/ip.ts";
import { type IpRange, parseRange, printRange, rangeHolds, rangesOverlap } from "#src/net/range.ts";
import { whyUnusableRange } from "#src/net/unusable-prefix.ts";
import type { MalformedField } from "../crd/malformed-field.ts";
import { checkedSelector } from "../network/label-selector.ts";
import type { LabelSelector } from "../network/network-fields.ts";
import type { UplinkSpec } from "./uplink-schema.ts";

/** The floating addresses of an Uplink as a plain value. */
export interface FloatingPool {
  /** No two of them overlap. */
  readonly ranges: readonly IpRange[];
  readonly allowed: "*" | { readonly names: readonly string[]; readonly selector: LabelSelector | undefined };
  /** Undefined for no limit. */
  readonly limitPerNamespace: number | undefined;
}

/** Throws `Malformed`, `AddressOutOfRange` or `AddressReserved` with the field that is wrong. */
export function readFloating(
  { floating }: UplinkSpec,
  gateways: readonly AddressInPrefix[],
  nextHops: readonly IpAddress[],
  malformed: MalformedField,
): FloatingPool | undefined {
  if (floating === undefined) return undefined;
  const { addresses, routed = false, allowedNamespaces, limitPerNamespace } = floating;
  const ranges: IpRange[] = [];
  for (const [index, text] of addresses.entries()) {
    const field = `spec.floating.addresses[${index}]`;
    const range = parseRange(text.trim());
    if (range === undefined) {
      throw malformed(
        field,
        text,
        "is no address, range such as 198.51.100.20..198.51.100.29, or prefix without host bits",
      );
    }
    refuseOutside(range, { field, text, routed }, gateways);
    refuseReserved(range, { field, text }, gateways, nextHops);
    const unusable = whyUnusableRange(range);
    if (unusable !== undefined) throw malformed(field, text, unusable);
    const other = ranges.find((earlier) => rangesOverlap(earlier, range));
    if (other !== undefined) throw malformed(field, text, `overlaps ${printRange(other)}, which stands before it`);
    ranges.push(range);
  }
  const selector = allowedNamespaces?.selector;
  if (selector !== undefined) checkedSelector(selector, "spec.floating.allowedNamespaces.selector", malformed);
  const allowed = allowedNamespaces === undefined ? "*" : { names: allowedNamespaces.names ?? [], selector };
  return { ranges, allowed, limitPerNamespace };
}

interface At {
  readonly field: string;
  readonly text: string;
}

function refuseOutside(
  range: IpRange,
  { field, text, routed }: At & { readonly routed: boolean },
  gateways: readonly AddressInPrefix[],
): void {
  const own = gateways.find(({ address }) => address.family === range.first.family);
  if (own === undefined) {
    throw refusal("AddressOutOfRange", {
      field,
      value: text,
      reason: `is IPv${range.first.family}, and no address of the gateway is`,
      remedy: "add an address of the family to spec.addresses",
    });
  }
  if (routed || (containsIp(own.cidr, range.first) && containsIp(own.cidr, range.last))) return;
  throw refusal("AddressOutOfRange", {
    field,
    value: text,
    reason: `is outside ${printCidr(own.cidr)}, so that nobody there asks the gateway for it`,
    remedy: `write addresses inside, or routed: true when the routers outside send them to ${printIp(own.address)}`,
  });
}

/** Whoever had such an address would be in the place of the gateway, or of a router outside. */
function refuseReserved(
  range: IpRange,
  { field, text }: At,
  gateways: readonly AddressInPrefix[],
  nextHops: readonly IpAddress[],
): void {
  const reserved = [
    ...gateways.map(({ address }) => ({ ip: address, what: "the address of the gateway" })),
    ...nextHops.map((ip) => ({ ip, what: "a router outside, which spec.nextHops names" })),
    ...gateways.flatMap(({ cidr }) =>
      [cidr.first, lastIp(cidr)]
        .filter((ip) => isNetworkOrBroadcast(cidr, ip))
        .map((ip) => ({ ip, what: `the network or broadcast address of ${printCidr(cidr)}` })),
    ),
  ];
  const found = reserved.find(({ ip }) => rangeHolds(range, ip));
  if (found === undefined) return;
  const isAlone = equalIp(range.first, range.last);
  throw refusal("AddressReserved", {
    field,
    value: text,
    reason: isAlone ? `is ${found.what}` : `contains ${printIp(found.ip)}, ${found.what}`,
    remedy: isAlone ? "remove the entry" : "write ranges before and after it",
  });
}
