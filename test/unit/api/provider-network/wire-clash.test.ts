import assert from "node:assert/strict";
import { test } from "node:test";
import { findWireClash } from "#src/api/provider-network/wire-clash.ts";
import { parseCidr } from "#src/net/cidr.ts";

function network(name: string, physicalNetwork: string, tag: number | undefined, ...prefixes: readonly string[]) {
  const subnets = prefixes.map((text, index) => {
    const cidr = parseCidr(text)?.cidr;
    assert.ok(cidr);
    return { field: `spec.ipv4Subnets[${index}]`, cidr };
  });
  return { namespace: "default", name, physicalNetwork, tag, trunk: false, subnets };
}

test("a VLAN is there once on a physical network, and so are frames without a tag", () => {
  const stored = [network("a", "lan", 100), network("b", "lan", undefined)];
  const clash = findWireClash(network("c", "lan", 100), stored);
  assert.equal(clash?.kind, "VlanTaken");
  assert.equal(clash.field, "spec.vlan.vlanId");
  assert.match(clash.reason, /is the VLAN of the ProviderNetwork default\/a on the physical network lan/);
  assert.equal(findWireClash(network("c", "lan", undefined), stored)?.field, "spec.physicalNetwork");
  assert.equal(findWireClash({ ...network("c", "lan", undefined), trunk: true }, stored)?.field, "spec.trunk");
  assert.equal(findWireClash(network("c", "lan", 101), stored), undefined);
  assert.equal(findWireClash(network("c", "wan", 100), stored), undefined);
});

test("subnets on one physical network do not overlap, whatever their VLANs", () => {
  const stored = [network("a", "lan", 100, "10.1.0.0/24")];
  const clash = findWireClash(network("c", "lan", 101, "10.2.0.0/24", "10.1.0.128/25"), stored);
  assert.equal(clash?.kind, "SubnetOverlap");
  assert.equal(clash.field, "spec.ipv4Subnets[1].subnet");
  assert.match(clash.reason, /overlaps 10\.1\.0\.0\/24 of the ProviderNetwork default\/a/);
  assert.equal(findWireClash(network("c", "wan", 101, "10.1.0.0/24"), stored), undefined);
});
