import { type Cidr, cidrsOverlap } from "./cidr.ts";
import { addressBits } from "./ip.ts";

/**
 * The prefixes that cover exactly what is in `whole` and in none of `excepts`, in order. Each exception gives at most one
 * prefix for each bit that it is longer.
 */
export function cidrDifference(whole: Cidr, excepts: readonly Cidr[]): readonly Cidr[] {
  const inside = excepts.filter((one) => cidrsOverlap(whole, one));
  if (inside.length === 0) return [whole];
  if (inside.some(({ prefixLength }) => prefixLength <= whole.prefixLength)) return [];
  return halves(whole).flatMap((half) => cidrDifference(half, inside));
}

function halves({ family, first, prefixLength }: Cidr): readonly Cidr[] {
  const length = prefixLength + 1;
  const upper = first.value + (1n << BigInt(addressBits[family] - length));
  return [
    { family, first, prefixLength: length },
    { family, first: { family, value: upper }, prefixLength: length },
  ];
}
