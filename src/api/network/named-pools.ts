// The pools of a network: parts of its subnets that only those get who choose them.
import { refusal } from "#src/core/errors.ts";
import { AddressSpace } from "#src/net/address-space.ts";
import { type Cidr, containsIp, printCidr } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { findWrongRange, type IpRange, parseExcludeIps, printRange, rangesOverlap } from "#src/net/range.ts";
import type { MalformedField } from "../crd/malformed-field.ts";
import type { LabelSelector } from "./network-fields.ts";

/** One pool: parsed, with every default filled in. */
export interface NamedPoolConfig {
  readonly name: string;
  readonly ranges: readonly IpRange[];
  /** The namespaces that may choose it: all that may join, or the named and selected ones. */
  readonly allowed: "*" | { readonly names: readonly string[]; readonly selector: LabelSelector | undefined };
}

interface PoolSpec {
  readonly name: string;
  readonly range: string;
  readonly allowedNamespaces?:
    | { readonly names?: readonly string[] | undefined; readonly selector?: LabelSelector | undefined }
    | undefined;
}

interface Surroundings {
  readonly subnets: readonly { readonly cidr: Cidr; readonly gateway: IpAddress | undefined }[];
  readonly excluded: readonly IpRange[];
}

interface PlacedRange {
  readonly field: string;
  readonly range: IpRange;
}

/** Throws `Malformed` or `AddressOutOfRange` with the field that is wrong. */
export function readNamedPools(
  pools: readonly PoolSpec[],
  surroundings: Surroundings,
  malformed: MalformedField,
): readonly NamedPoolConfig[] {
  const before: PlacedRange[] = [];
  return pools.map(({ name, range: text, allowedNamespaces: allowed }, index) => {
    const field = `spec.pools[${index}]`;
    const other = pools.findIndex((pool) => pool.name === name);
    if (other < index) {
      throw malformed(
        `${field}.name`,
        name,
        `is the name of spec.pools[${other}] as well: write all its addresses there`,
      );
    }
    const ranges = readRanges(text, `${field}.range`, surroundings, before, malformed);
    if (ranges.every((range) => !hasUsable(range, surroundings))) {
      throw malformed(`${field}.range`, text, "has no address that can be handed out: all are excluded or a gateway");
    }
    return {
      name,
      ranges,
      allowed: allowed === undefined ? "*" : { names: allowed.names ?? [], selector: allowed.selector },
    };
  });
}

function readRanges(
  text: string,
  field: string,
  { subnets }: Surroundings,
  before: PlacedRange[],
  malformed: MalformedField,
): readonly IpRange[] {
  // Neither family has a dash in its addresses.
  const dotted = text.replaceAll("-", "..");
  const ranges = parseExcludeIps(dotted) ?? [];
  if (ranges.length === 0) {
    const wrong = findWrongRange(dotted) ?? text;
    throw malformed(field, text, `has ${JSON.stringify(wrong)}, which is no prefix, no first-last and no address`);
  }
  for (const range of ranges) {
    if (!subnets.some(({ cidr }) => containsIp(cidr, range.first) && containsIp(cidr, range.last))) {
      throw refusal("AddressOutOfRange", {
        field,
        value: text,
        reason: `has ${printRange(range)}, which is in no subnet of the network`,
        remedy:
          subnets.length === 0
            ? "give the network a subnet, or remove the pool"
            : `write addresses of ${subnets.map(({ cidr }) => printCidr(cidr)).join(" or ")}, each range in one of them`,
      });
    }
    const other = before.find((earlier) => rangesOverlap(earlier.range, range));
    if (other !== undefined) {
      throw malformed(
        field,
        text,
        `has ${printRange(range)}, which overlaps ${printRange(other.range)} of ${other.field}`,
      );
    }
    before.push({ field, range });
  }
  return ranges;
}

function hasUsable(range: IpRange, { subnets, excluded }: Surroundings): boolean {
  const subnet = subnets.find(({ cidr }) => containsIp(cidr, range.first));
  if (subnet === undefined) return false;
  const { cidr, gateway } = subnet;
  const own = gateway === undefined ? [] : [{ first: gateway, last: gateway }];
  return new AddressSpace(cidr, [...excluded, ...own], [range]).capacity > 0n;
}
