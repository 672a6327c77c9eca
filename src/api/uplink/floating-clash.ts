import { printIp } from "#src/net/ip.ts";
import { printRange, rangeHolds, rangesOverlap } from "#src/net/range.ts";
import type { UplinkConfig } from "./uplink-config.ts";

/** The addresses of an Uplink that are compared with those of another one in the same network outside, or of the flags. */
export type OutsideAddresses = Pick<UplinkConfig, "addresses" | "floating">;

/** An address outside that two Uplinks would give away, or that the gateway of one of them has. */
export interface FloatingClash {
  readonly field: string;
  readonly value: string;
  /** It goes on with the name of the other one. */
  readonly reason: string;
}

/** Finds a floating address of one Uplink that the other has as well, for its gateway or in its pool. */
export function findFloatingClash(own: OutsideAddresses, other: OutsideAddresses): FloatingClash | undefined {
  const theirs = other.floating?.ranges ?? [];
  for (const [at, { address }] of own.addresses.entries()) {
    if (!theirs.some((range) => rangeHolds(range, address))) continue;
    return { field: `spec.addresses[${at}]`, value: printIp(address), reason: "is a floating address of" };
  }
  for (const [at, range] of (own.floating?.ranges ?? []).entries()) {
    const field = `spec.floating.addresses[${at}]`;
    const gateway = other.addresses.find(({ address }) => rangeHolds(range, address));
    const value = printRange(range);
    if (gateway !== undefined) return { field, value, reason: `contains ${printIp(gateway.address)}, the address of` };
    const shared = theirs.find((one) => rangesOverlap(one, range));
    if (shared !== undefined) return { field, value, reason: `overlaps ${printRange(shared)}, a floating range of` };
  }
  return undefined;
}
