import assert from "node:assert/strict";
import { test } from "node:test";
import { branchesOf } from "#page/networks/prefix-tree.ts";
import { readSpans } from "#page/networks/space-span.ts";
import { type Cidr, parseCidr } from "#src/net/cidr.ts";
import type { SpaceSegment } from "#src/view/contract/network-space.ts";

function cidr(text: string): Cidr {
  return parseCidr(text)?.cidr ?? assert.fail(text);
}

function labels(segments: readonly SpaceSegment[], text: string): readonly string[] {
  return branchesOf(readSpans(segments), cidr(text)).map((branch) => `${branch.kind} ${branch.label}`);
}

const free = (from: string, to: string): SpaceSegment => ({ from, to, size: "1", state: "free" });
const used = (from: string): SpaceSegment => ({ from, to: from, size: "1", state: "used", who: `pod ${from}` });

test("a /64 with addresses at its beginning is one small prefix and a long run", () => {
  const segments = [
    free("fd00::", "fd00::"),
    used("fd00::1"),
    used("fd00::2"),
    free("fd00::3", "fd00::ffff:ffff:ffff:ffff"),
  ];
  assert.deepEqual(labels(segments, "fd00::/64"), ["prefix fd00::/120", "run fd00::100 – fd00::ffff:ffff:ffff:ffff"]);
});

test("addresses far from each other are prefixes where their ways part, with what is free between", () => {
  const segments = [
    used("fd00::1"),
    free("fd00::2", "fd00::7fff:ffff:ffff:ffff"),
    used("fd00::8000:0:0:0"),
    free("fd00::8000:0:0:1", "fd00::ffff:ffff:ffff:ffff"),
  ];
  assert.deepEqual(labels(segments, "fd00::/64"), [
    "prefix fd00::/120",
    "run fd00::100 – fd00::7fff:ffff:ffff:ffff",
    "prefix fd00::8000:0:0:0/120",
    "run fd00::8000:0:0:100 – fd00::ffff:ffff:ffff:ffff",
  ]);
});

test("a prefix counts the addresses inside by state", () => {
  const segments = [used("10.0.0.0"), free("10.0.0.1", "10.0.255.255")];
  const [first] = branchesOf(readSpans(segments), cidr("10.0.0.0/16"));
  assert.deepEqual(first?.kind === "prefix" && first.counts, { used: 1n, free: 255n });
});

test("a prefix in which nobody has an address is one run", () => {
  assert.deepEqual(labels([free("10.0.0.0", "10.0.255.255")], "10.0.0.0/16"), ["run 10.0.0.0 – 10.0.255.255"]);
});
