import fc from "fast-check";
import { type Cidr, cidrAround } from "#src/net/cidr.ts";
import { addressBits, compareIp, type Family, type IpAddress } from "#src/net/ip.ts";
import type { IpRange } from "#src/net/range.ts";

export const anyFamily: fc.Arbitrary<Family> = fc.constantFrom(4, 6);

/** Values of the family, also those with few bits, few zeros, and runs of zeros inside. */
export function anyValue(family: Family): fc.Arbitrary<bigint> {
  const max = (1n << BigInt(addressBits[family])) - 1n;
  const uniform = fc.bigInt({ min: 0n, max });
  return fc.oneof(
    uniform,
    fc.bigInt({ min: 0n, max: 0xffffn }),
    fc.bigInt({ min: 0n, max: 0xffffn }).map((n) => max - n),
    fc.tuple(uniform, uniform).map(([a, b]) => a & b),
    fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((n) => (family === 6 ? (0xffffn << 32n) | n : n)),
    fc
      .array(fc.constantFrom(0n, 0n, 1n, 0xab0n), { minLength: 8, maxLength: 8 })
      .map((groups) => groups.reduce<bigint>((value, group) => (value << 16n) | group, 0n) & max),
  );
}

export const anyIp: fc.Arbitrary<IpAddress> = anyFamily.chain((family) =>
  anyValue(family).map((value) => ({ family, value })),
);

/** A prefix whose length is at least `minLength(family)`. */
export function anyCidr(minLength: (family: Family) => number = () => 0): fc.Arbitrary<Cidr> {
  return anyIp.chain((ip) =>
    fc
      .integer({ min: minLength(ip.family), max: addressBits[ip.family] })
      .map(
        (length) => cidrAround(ip, length) ?? { family: ip.family, first: ip, prefixLength: addressBits[ip.family] },
      ),
  );
}

export const anyRange: fc.Arbitrary<IpRange> = anyFamily.chain((family) =>
  fc.tuple(anyValue(family), anyValue(family)).map(([a, b]) => {
    const [first, last] = [a, b].map((value) => ({ family, value })).sort(compareIp) as [IpAddress, IpAddress];
    return { first, last };
  }),
);
