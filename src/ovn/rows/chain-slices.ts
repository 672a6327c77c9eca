// Divides the traffic of a chain among the pods of a function. A slice is all traffic with a left-end address whose last
// six bits are the same, so that both directions of a flow are in one slice whatever the datapath does.
import { createHash } from "node:crypto";
import type { Cidr } from "#src/net/cidr.ts";
import { addressBits, type IpAddress, printIp } from "#src/net/ip.ts";

export const sliceCount = 64;
const sliceMask = BigInt(sliceCount - 1);

/**
 * Says for each slice which name carries it, by rendezvous hashing: when a name goes, only its slices move, and when one
 * comes, it only takes slices. Gives an empty list without names.
 */
export function assignSlices(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  return Array.from({ length: sliceCount }, (_, slice) => {
    return names.reduce((best, name) => (isBefore(slice, name, best) ? name : best));
  });
}

function isBefore(slice: number, name: string, other: string): boolean {
  const [own, others] = [weight(slice, name), weight(slice, other)];
  return own === others ? name < other : own > others;
}

function weight(slice: number, name: string): string {
  return createHash("sha256").update(`${slice} ${name}`).digest("hex");
}

/** The slice of an address. */
export function sliceOf(ip: IpAddress): number {
  return Number(ip.value & sliceMask);
}

/**
 * Gives `address/mask` texts of OVN that match the addresses of the prefix which are in one of the slices. A prefix that
 * is longer than a slice has only some of them.
 */
export function slicedPrefix(cidr: Cidr, slices: readonly number[]): readonly string[] {
  const { family, first, prefixLength } = cidr;
  const bits = addressBits[family];
  const hostBits = BigInt(bits - prefixLength);
  const prefixMask = ((1n << BigInt(bits)) - 1n) ^ ((1n << hostBits) - 1n);
  // The bits of the slice that the prefix leaves open.
  const fixed = prefixMask & sliceMask;
  const mask = printIp({ family, value: prefixMask | sliceMask });
  return slices
    .filter((slice) => (BigInt(slice) & fixed) === (first.value & fixed))
    .map((slice) => `${printIp({ family, value: (first.value & prefixMask) | BigInt(slice) })}/${mask}`);
}
