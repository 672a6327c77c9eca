import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { subnetSegments, type TakenAddress } from "#src/commands/view/space/subnet-segments.ts";
import { cidrAround, type Cidr, parseCidr, sizeOfCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { parseRange } from "#src/net/range.ts";

function cidr(text: string): Cidr {
  return parseCidr(text)?.cidr ?? assert.fail(text);
}

function ip(text: string): IpAddress {
  return parseIp(text) ?? assert.fail(text);
}

function range(text: string) {
  return parseRange(text) ?? assert.fail(text);
}

const taken = (text: string): TakenAddress => ({ ip: ip(text), state: "used", holder: { who: `pod shop/${text}` } });
const subnet = (text: string, gateway?: string, ...excluded: readonly string[]) => ({
  cidr: cidr(text),
  gateway: gateway === undefined ? undefined : ip(gateway),
  excluded: excluded.map(range),
});
const words = (segments: ReturnType<typeof subnetSegments>["segments"]): readonly string[] =>
  segments.map(({ from, to, state, pool }) =>
    [from === to ? from : `${from}-${to}`, state, pool].filter(Boolean).join(" "),
  );

test("a /24 is divided into what is used, excluded, the router's, a pool's and free", () => {
  const pools = [{ name: "front", ranges: [range("10.0.0.64/26")], admits: undefined }];
  const { segments, next } = subnetSegments(
    subnet("10.0.0.0/24", "10.0.0.1", "10.0.0.2..10.0.0.9"),
    pools,
    [taken("10.0.0.20"), taken("10.0.0.70")],
    { limit: 100 },
  );
  assert.equal(next, undefined);
  assert.deepEqual(words(segments), [
    "10.0.0.0 excluded",
    "10.0.0.1 router",
    "10.0.0.2-10.0.0.9 excluded",
    "10.0.0.10-10.0.0.19 free",
    "10.0.0.20 used",
    "10.0.0.21-10.0.0.63 free",
    "10.0.0.64-10.0.0.69 pool front",
    "10.0.0.70 used front",
    "10.0.0.71-10.0.0.127 pool front",
    "10.0.0.128-10.0.0.254 free",
    "10.0.0.255 excluded",
  ]);
});

test("a /64 is as short as what is in it", () => {
  const { segments } = subnetSegments(subnet("fd00::/64", "fd00::1"), [], [taken("fd00::ff")], { limit: 100 });
  assert.deepEqual(words(segments), [
    "fd00:: excluded",
    "fd00::1 router",
    "fd00::2-fd00::fe free",
    "fd00::ff used",
    "fd00::100-fd00::ffff:ffff:ffff:ffff free",
  ]);
  assert.equal(segments.at(-1)?.size, (2n ** 64n - 256n).toString());
});

test("a long answer comes in pages that together are the whole", () => {
  const full = subnet("10.0.0.0/28");
  const holders = ["10.0.0.3", "10.0.0.5", "10.0.0.7"].map(taken);
  const whole = subnetSegments(full, [], holders, { limit: 100 }).segments;
  const paged = [];
  let after: IpAddress | undefined;
  do {
    const page = subnetSegments(full, [], holders, { after, limit: 2 });
    assert.ok(page.segments.length <= 2);
    paged.push(...page.segments);
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(words(paged), words(whole));
});

test("the segments of any subnet follow each other without gaps and cover it", () => {
  const arbitrary = fc.record({
    length: fc.integer({ min: 100, max: 128 }),
    offsets: fc.array(fc.nat({ max: 2 ** 28 })),
    excluded: fc.array(fc.tuple(fc.nat({ max: 2 ** 28 }), fc.nat({ max: 300 }))),
  });
  fc.assert(
    fc.property(arbitrary, ({ length, offsets, excluded }) => {
      const whole = cidrAround(ip("fd00::"), length) ?? assert.fail();
      const size = sizeOfCidr(whole);
      const at = (offset: number): IpAddress => ({ family: 6, value: whole.first.value + (BigInt(offset) % size) });
      const holders = [...new Set(offsets.map((offset) => printIp(at(offset))))].map(taken);
      const ranges = excluded.map(([from, more]) => ({
        first: at(from),
        last: { family: 6 as const, value: at(from).value + BigInt(more) },
      }));
      const { segments } = subnetSegments({ cidr: whole, gateway: undefined, excluded: ranges }, [], holders, {
        limit: 10_000,
      });
      let value = whole.first.value;
      for (const { from, to, size: count } of segments) {
        assert.equal(ip(from).value, value);
        value += BigInt(count);
        assert.equal(ip(to).value, value - 1n);
      }
      assert.equal(value, whole.first.value + size);
      assert.equal(segments.filter(({ state }) => state === "used").length, holders.length);
    }),
  );
});
