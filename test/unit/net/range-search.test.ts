import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { parseExcludeIps } from "#src/net/range.ts";
import { nextFreeInRanges, nthInRanges, rangesSize } from "#src/net/range-search.ts";

const ranges = parseExcludeIps("10.0.0.8..10.0.0.9 10.0.0.2 fd00::1..fd00::3") ?? [];
const shown = (ip: IpAddress | undefined) => ip && printIp(ip);
const search = (from: string, ...taken: string[]) =>
  shown(nextFreeInRanges(ranges, 4, parseIp(from)?.value ?? 0n, (ip) => taken.includes(printIp(ip))));

test("a search goes up through the ranges, past the last to the first, once around", () => {
  assert.equal(search("10.0.0.0"), "10.0.0.2");
  assert.equal(search("10.0.0.3"), "10.0.0.8");
  assert.equal(search("10.0.0.9", "10.0.0.9"), "10.0.0.2");
  assert.equal(search("10.0.0.9", "10.0.0.9", "10.0.0.2"), "10.0.0.8");
  assert.equal(search("10.0.0.99"), "10.0.0.2");
  assert.equal(search("10.0.0.0", "10.0.0.2", "10.0.0.8", "10.0.0.9"), undefined);
});

test("addresses of one family are counted and numbered", () => {
  assert.equal(rangesSize(ranges, 4), 3n);
  assert.equal(rangesSize(ranges, 6), 3n);
  assert.equal(shown(nthInRanges(ranges, 6, 2n)), "fd00::3");
  assert.equal(nthInRanges(ranges, 4, 3n), undefined);
});
