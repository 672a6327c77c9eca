import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCidr } from "#src/net/cidr.ts";
import { parseExcludeIps, printRange } from "#src/net/range.ts";
import { printPools, readPools } from "#src/ovn/switches/named-pools.ts";
import type { NetworkSubnet } from "#src/ovn/network.ts";

const subnets = ["10.1.0.0/24", "fd10::/64"].flatMap((text): NetworkSubnet[] => {
  const cidr = parseCidr(text)?.cidr;
  return cidr === undefined ? [] : [{ cidr, gateway: undefined, excluded: [] }];
});
const ranges = parseExcludeIps("10.1.0.64/26 fd10::40/122") ?? [];

test("pools are read as they were written on the switch", () => {
  const text = printPools([
    { name: "front", ranges, allowed: "*" },
    { name: "back", ranges: parseExcludeIps("10.1.0.9") ?? [], allowed: { names: ["shop"] } },
  ]);
  const [front, back] = readPools(text, subnets);
  assert.deepEqual(front?.ranges.map(printRange), ["10.1.0.64..10.1.0.127", "fd10::40..fd10::7f"]);
  assert.deepEqual([front.name, front.admits], ["front", undefined]);
  assert.deepEqual([back?.name, back?.admits], ["back", '{"names":["shop"]}']);
});

test("a network without pools has no such key", () => {
  assert.equal(printPools([]), undefined);
  assert.deepEqual(readPools(undefined, subnets), []);
});

test("a key that somebody else wrote wrong is a problem of the network", () => {
  const pool = (name: string, range: string) => ({ name, range });
  for (const [wrong, says] of [
    ["front", /not JSON as documented/],
    [JSON.stringify([pool("front", "many")]), /not addresses, ranges/],
    [JSON.stringify([pool("front", "10.2.0.0/26")]), /pool front, which is not in its subnets/],
    [JSON.stringify([pool("front", "10.1.0.9"), pool("back", "10.1.0.8/30")]), /pool back, which overlaps front/],
  ] as const)
    assert.throws(() => readPools(wrong, subnets), says);
});
