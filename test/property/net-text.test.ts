import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { Address4, Address6 } from "ip-address";
import { containsIp, firstHost, lastIp, cidrsOverlap, parseCidr, printCidr } from "#src/net/cidr.ts";
import { addressBits, compareIp, equalIp, type IpAddress, offsetIp, parseIp, printIp } from "#src/net/ip.ts";
import { isUnicast, macFromHash, macFromIpv4, macFromNumber, parseMac, parseMacPrefix } from "#src/net/mac.ts";
import { findWrongRange, mergeRanges, parseExcludeIps, parseRange, printRange } from "#src/net/range.ts";
import { anyCidr, anyIp, anyRange } from "./net-values.ts";

const runs = { numRuns: 2000 };
const oracleOf = (ip: IpAddress): Address4 | Address6 =>
  ip.family === 4 ? Address4.fromBigInt(ip.value) : Address6.fromBigInt(ip.value);

test("an address that was printed is read back as itself", () => {
  fc.assert(
    fc.property(anyIp, (ip) => {
      assert.deepEqual(parseIp(printIp(ip)), ip);
    }),
    runs,
  );
});

test("addresses are printed as ip-address prints them, but for the dotted tail of mapped ones", () => {
  fc.assert(
    fc.property(anyIp, (ip) => {
      if (ip.family === 6 && ip.value >> 32n === 0xffffn) {
        assert.equal(printIp(ip), `::ffff:${printIp({ family: 4, value: ip.value & 0xffff_ffffn })}`);
      } else {
        assert.equal(printIp(ip), oracleOf(ip).correctForm());
      }
    }),
    runs,
  );
});

test("every spelling that ip-address knows of an IPv6 address is the same address", () => {
  fc.assert(
    fc.property(anyIp, (ip) => {
      if (ip.family === 4) return;
      const oracle = Address6.fromBigInt(ip.value);
      for (const text of [oracle.canonicalForm(), oracle.correctForm().toUpperCase(), oracle.to4in6()]) {
        assert.deepEqual(parseIp(text), ip, text);
      }
    }),
    runs,
  );
});

test("text is an address exactly when inet_pton takes it, zones apart", () => {
  const noise = fc.string({ unit: fc.constantFrom(..."0 1 2 5 9 a f F : . % / -".split(" "), " "), maxLength: 24 });
  const damaged = fc
    .tuple(anyIp.map(printIp), fc.nat(45), fc.nat(2), fc.constantFrom("", ":", "::", ".", "0", "1", "f", ".1", ":0"))
    .map(([text, at, removed, put]) => text.slice(0, at) + put + text.slice(at + removed));
  fc.assert(
    fc.property(fc.oneof(noise, damaged), (text) => {
      assert.equal(parseIp(text)?.family ?? 0, text.includes("%") ? 0 : isIP(text));
    }),
    { numRuns: 20_000 },
  );
});

test("going forth and back is the same address, and order follows the direction", () => {
  fc.assert(
    fc.property(anyIp, fc.bigInt({ min: -70_000n, max: 70_000n }), (ip, n) => {
      const moved = offsetIp(ip, n);
      if (moved === undefined) return;
      assert.deepEqual(offsetIp(moved, -n), ip);
      assert.equal(compareIp(moved, ip), n === 0n ? 0 : n > 0n ? 1 : -1);
      assert.equal(equalIp(moved, ip), n === 0n);
    }),
    runs,
  );
});

test("a prefix that was printed is read back as itself, and an address with a mask keeps both", () => {
  fc.assert(
    fc.property(anyCidr(), anyIp, (cidr, ip) => {
      assert.deepEqual(parseCidr(printCidr(cidr)), { cidr, address: cidr.first });
      const length = Math.min(cidr.prefixLength, addressBits[ip.family]);
      const parsed = parseCidr(`${printIp(ip)}/${length}`) ?? assert.fail();
      assert.deepEqual(parsed.address, ip);
      assert.ok(containsIp(parsed.cidr, ip));
    }),
    runs,
  );
});

test("the ends of a prefix and what it contains are those of ip-address", () => {
  fc.assert(
    fc.property(anyCidr(), anyCidr(), anyIp, (cidr, other, ip) => {
      const oracle = cidr.family === 4 ? new Address4(printCidr(cidr)) : new Address6(printCidr(cidr));
      assert.equal(cidr.first.value, oracle.startAddress().bigInt());
      assert.equal(lastIp(cidr).value, oracle.endAddress().bigInt());
      assert.ok(containsIp(cidr, firstHost(cidr)));
      if (ip.family === cidr.family) assert.equal(containsIp(cidr, ip), oracleOf(ip).isInSubnet(oracle));
      const isShared = other.family === cidr.family && compareIp(lastIp(cidr), other.first) >= 0;
      assert.equal(cidrsOverlap(cidr, other), isShared && compareIp(lastIp(other), cidr.first) >= 0);
    }),
    runs,
  );
});

test("ranges that were printed are read back as themselves, in any list that OVN or we write", () => {
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 6 }), fc.constantFrom(" ", ",", ", ", "\n"), (ranges, separator) => {
      const text = ranges.map(printRange).join(separator);
      assert.deepEqual(parseExcludeIps(text), ranges);
      assert.equal(findWrongRange(text), undefined);
    }),
    runs,
  );
});

test("a prefix as a range has the prefix's ends", () => {
  fc.assert(
    fc.property(anyCidr(), (cidr) => {
      assert.deepEqual(parseRange(printCidr(cidr)), { first: cidr.first, last: lastIp(cidr) });
    }),
    runs,
  );
});

test("merged ranges hold the same addresses, are in order and never touch", () => {
  const small = fc.tuple(fc.bigInt(0n, 40n), fc.bigInt(0n, 6n)).map(([first, length]) => ({
    first: { family: 4 as const, value: first },
    last: { family: 4 as const, value: first + length },
  }));
  const members = (ranges: readonly { first: IpAddress; last: IpAddress }[]): Set<bigint> => {
    const all = new Set<bigint>();
    for (const { first, last } of ranges) for (let n = first.value; n <= last.value; n += 1n) all.add(n);
    return all;
  };
  fc.assert(
    fc.property(fc.array(small, { maxLength: 12 }), (ranges) => {
      const merged = mergeRanges(ranges);
      assert.deepEqual([...members(merged)].sort(), [...members(ranges)].sort());
      for (const [i, range] of merged.entries()) {
        const before = merged[i - 1];
        if (before !== undefined) assert.ok(range.first.value > before.last.value + 1n);
      }
    }),
    runs,
  );
});

test("a MAC that was made is read back as itself, is unicast and begins with its prefix", () => {
  const octet = fc.integer({ min: 0, max: 255 }).map((n) => n.toString(16).padStart(2, "0"));
  const octets = fc.array(octet, { minLength: 1, maxLength: 5 });
  const digest = fc.uint8Array({ minLength: 5, maxLength: 32 });
  fc.assert(
    fc.property(octets, digest, anyIp, (prefixOctets, bytes, ip) => {
      const prefix = parseMacPrefix(prefixOctets.join(":").toUpperCase());
      const isGroup = (Number.parseInt(prefixOctets[0] ?? "", 16) & 1) === 1;
      assert.equal(prefix === undefined, isGroup || prefixOctets.every((text) => text === "00"));
      if (prefix === undefined) return;
      for (const mac of [macFromIpv4(prefix, ip), macFromHash(prefix, bytes), macFromNumber(prefix, ip.value)]) {
        assert.equal(parseMac(mac.toUpperCase()), mac);
        assert.ok(isUnicast(mac));
        assert.ok(mac.startsWith(`${prefix}:`));
      }
    }),
    runs,
  );
});
