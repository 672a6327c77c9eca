import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { poolUsage } from "#src/controllers/networks/pool-usage.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const config = parseNetwork({
  metadata: { name: "blue", namespace: "default", uid: "u1" },
  spec: {
    cniType: "ovn4nfv",
    ipv4Subnets: [{ subnet: "10.1.0.0/29", excludeIps: "10.1.0.6" }, { subnet: "10.2.0.0/30" }],
    ipv6Subnets: [{ subnet: "fd10::/64" }],
  },
});
const port = (pod: string | undefined, ...addresses: readonly string[]) => ({
  name: "p",
  pod,
  ips: addresses.map(ip),
  reservedAtMs: undefined,
});

const usageOf = (ports: Parameters<typeof poolUsage>[1]) => poolUsage(config, ports, undefined, "2026-01-01T00:00:00Z");

test("capacity leaves out gateway, excluded, network and broadcast addresses; held addresses count once", () => {
  const { pools, strays } = usageOf([
    port("default/a", "10.1.0.2", "fd10::2"),
    port(undefined, "10.1.0.2"),
    port("default/b", "10.2.0.2"),
  ]);
  assert.deepEqual(pools, [
    { family: "IPv4", capacity: "5", used: "2" },
    { family: "IPv6", capacity: "18446744073709551614", used: "1" },
  ]);
  assert.deepEqual(strays, []);
});

test("a pool is counted by itself, and its addresses are in no other count", () => {
  const pooled = parseNetwork({
    metadata: { name: "blue", namespace: "default", uid: "u1" },
    spec: {
      ipv4Subnets: [{ subnet: "10.1.0.0/29" }],
      ipv6Subnets: [{ subnet: "fd10::/64" }],
      pools: [{ name: "front", range: "10.1.0.4/31" }],
    },
  });
  const ports = [
    port("default/a", "10.1.0.4", "fd10::4"),
    port("default/b", "10.1.0.5"),
    port("default/c", "10.1.0.2"),
  ];
  const { pools, strays, full } = poolUsage(pooled, ports, undefined, "2026-01-01T00:00:00Z");
  assert.deepEqual(pools, [
    { family: "IPv4", capacity: "3", used: "1" },
    { family: "IPv6", capacity: "18446744073709551614", used: "1" },
    { name: "front", family: "IPv4", capacity: "2", used: "2" },
  ]);
  assert.deepEqual(strays, []);
  assert.deepEqual(
    full.map(({ name }) => name),
    ["front"],
  );
});

test("an address of a pod that is excluded now, or outside, is reported with its pod", () => {
  const { strays } = usageOf([
    port("default/a", "10.1.0.6"),
    port("default/b", "10.9.0.1"),
    port(undefined, "10.1.0.6"),
  ]);
  assert.deepEqual(strays, [
    { pod: "default/a", address: "10.1.0.6" },
    { pod: "default/b", address: "10.9.0.1" },
  ]);
});

test("a family without a free address is full, whatever the other one has", () => {
  assert.deepEqual(usageOf([port("default/a", "10.1.0.2")]).full, []);
  const all = ["10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5", "10.2.0.2"];
  assert.deepEqual(usageOf(all.map((text) => port("default/a", text))).full, [
    { family: "IPv4", capacity: "5", used: "5" },
  ]);
});
