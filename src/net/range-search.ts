import type { Family, IpAddress } from "./ip.ts";
import type { IpRange } from "./range.ts";

/** Counts the addresses of the family. */
export function rangesSize(ranges: readonly IpRange[], family: Family): bigint {
  return ofFamily(ranges, family).reduce((sum, { first, last }) => sum + last.value - first.value + 1n, 0n);
}

/** Gives the address with this many others before it, in the order of the ranges. Undefined behind the last one. */
export function nthInRanges(ranges: readonly IpRange[], family: Family, n: bigint): IpAddress | undefined {
  let left = n;
  for (const { first, last } of ofFamily(ranges, family)) {
    const size = last.value - first.value + 1n;
    if (left < size) return { family, value: first.value + left };
    left -= size;
  }
  return undefined;
}

/**
 * Finds the first address that is not taken. The search goes up from the value `from`, past the end of the last range to the
 * start of the first, once around.
 */
export function nextFreeInRanges(
  ranges: readonly IpRange[],
  family: Family,
  from: bigint,
  isTaken: (ip: IpAddress) => boolean,
): IpAddress | undefined {
  const sorted = ofFamily(ranges, family).toSorted((a, b) => (a.first.value < b.first.value ? -1 : 1));
  const behind = sorted.filter(({ last }) => last.value >= from);
  const before = sorted.filter(({ first }) => first.value < from);
  return (
    firstFree(behind, (start) => (start > from ? start : from), undefined, isTaken) ??
    firstFree(before, (start) => start, from, isTaken)
  );
}

function firstFree(
  ranges: readonly IpRange[],
  startOf: (first: bigint) => bigint,
  end: bigint | undefined,
  isTaken: (ip: IpAddress) => boolean,
): IpAddress | undefined {
  for (const { first, last } of ranges) {
    for (let value = startOf(first.value); value <= last.value && (end === undefined || value < end); value += 1n) {
      const ip: IpAddress = { family: first.family, value };
      if (!isTaken(ip)) return ip;
    }
  }
  return undefined;
}

function ofFamily(ranges: readonly IpRange[], family: Family): readonly IpRange[] {
  return ranges.filter(({ first }) => first.family === family);
}
