// The addresses of a Network that are for Services on it.
import { refusal } from "#src/core/errors.ts";
import { containsIp } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { type IpRange, parseRange, printRange, rangeHolds, rangesOverlap } from "#src/net/range.ts";
import type { MalformedField } from "../crd/malformed-field.ts";
import type { Addressing } from "./addressing.ts";

/** Throws `Malformed`, `AddressOutOfRange` or `AddressReserved` with the field that is wrong. No two ranges overlap. */
export function readServiceAddresses(
  texts: readonly string[],
  { subnets, pools }: Pick<Addressing, "subnets" | "pools">,
  malformed: MalformedField,
): readonly IpRange[] {
  const ranges: IpRange[] = [];
  for (const [index, text] of texts.entries()) {
    const field = `spec.serviceAddresses[${index}]`;
    const range = parseRange(text.trim());
    if (range === undefined) {
      throw malformed(field, text, "is no address, range such as 10.1.0.200..10.1.0.249, or prefix without host bits");
    }
    const subnet = subnets.find(({ cidr }) => containsIp(cidr, range.first) && containsIp(cidr, range.last));
    if (subnet === undefined) {
      throw refusal("AddressOutOfRange", {
        field,
        value: text,
        reason: "is in no subnet of the network, where the router answers for addresses of Services",
        remedy: "write addresses of one of its subnets",
      });
    }
    if (subnet.gateway !== undefined && rangeHolds(range, subnet.gateway)) {
      throw refusal("AddressReserved", {
        field,
        value: text,
        reason: `contains ${printIp(subnet.gateway)}, the gateway of ${subnet.field}`,
        remedy: "write ranges before and after it",
      });
    }
    const other = ranges.find((earlier) => rangesOverlap(earlier, range));
    if (other !== undefined) throw malformed(field, text, `overlaps ${printRange(other)}, which stands before it`);
    const pool = pools.find((one) => one.ranges.some((each) => rangesOverlap(each, range)));
    if (pool !== undefined)
      throw malformed(field, text, `overlaps the pool ${JSON.stringify(pool.name)}, which is for pods`);
    ranges.push(range);
  }
  return ranges;
}
