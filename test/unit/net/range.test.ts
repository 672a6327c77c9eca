import assert from "node:assert/strict";
import { test } from "node:test";
import { findWrongRange, type IpRange, mergeRanges, parseExcludeIps, parseRange, printRange } from "#src/net/range.ts";

const printed = (ranges: readonly IpRange[] | undefined): readonly string[] | undefined => ranges?.map(printRange);
const ranges = (text: string): readonly IpRange[] => parseExcludeIps(text) ?? assert.fail(`${text} is no exclude_ips`);

test("the examples of ovn-nb(5) are read as written", () => {
  const third = "192.168.0.110..192.168.0.120 192.168.0.25..192.168.0.30 192.168.0.144";
  assert.deepEqual(printed(ranges("192.168.0.2 192.168.0.10")), ["192.168.0.2", "192.168.0.10"]);
  assert.equal(ranges(third).map(printRange).join(" "), third);
});

test("blanks around the dots, commas, CIDRs and IPv6 are accepted", () => {
  assert.deepEqual(printed(ranges(" 10.0.0.1 ..10.0.0.3,10.0.0.8/30,\n2001:db8::1..2001:db8::f ")), [
    "10.0.0.1..10.0.0.3",
    "10.0.0.8..10.0.0.11",
    "2001:db8::1..2001:db8::f",
  ]);
});

test("a long line of blanks is read in a time that grows with its length", () => {
  const startMs = performance.now();
  assert.deepEqual(parseExcludeIps(" ".repeat(1_000_000)), []);
  // An expression that begins anew at each blank takes minutes.
  assert.ok(performance.now() - startMs < 10_000);
});

test("an empty list excludes nothing", () => {
  assert.deepEqual(parseExcludeIps(" , "), []);
});

test("one wrong token makes the whole list wrong, and can be named", () => {
  const text = "10.0.0.1, 10.0.0.9..10.0.0.2 10.0.0.300";
  assert.equal(parseExcludeIps(text), undefined);
  assert.equal(findWrongRange(text), "10.0.0.9..10.0.0.2");
  assert.equal(findWrongRange("10.0.0.1"), undefined);
});

test("reversed, mixed and half ranges are refused", () => {
  const wrong = [
    "10.0.0.2..10.0.0.1",
    "0.0.0.1..::2",
    "10.0.0.1..",
    "..10.0.0.1",
    "10.0.0.1-10.0.0.2",
    "1.1.1.1..1.1.1.2..1.1.1.3",
  ];
  for (const token of wrong) assert.equal(parseRange(token), undefined, token);
});

test("a CIDR with host bits is refused, for it may be meant as one address", () => {
  assert.equal(parseRange("10.0.0.5/24"), undefined);
  assert.equal(parseRange("10.0.0.0/33"), undefined);
});

test("overlapping, nested and adjacent ranges become one, in order", () => {
  const merged = mergeRanges(ranges("10.0.0.9 10.0.0.1..10.0.0.5 ::1 10.0.0.6 10.0.0.2..10.0.0.3 10.0.0.5..10.0.0.7"));
  assert.deepEqual(printed(merged), ["10.0.0.1..10.0.0.7", "10.0.0.9", "::1"]);
});

test("ranges of the two families are never merged", () => {
  assert.deepEqual(printed(mergeRanges(ranges("255.255.255.255 :: 0.0.0.0"))), ["0.0.0.0", "255.255.255.255", "::"]);
});
