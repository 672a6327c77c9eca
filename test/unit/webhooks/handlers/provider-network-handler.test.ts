import assert from "node:assert/strict";
import { test } from "node:test";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { reviewRequest } from "#test/fixtures/webhooks/review-request.ts";
import { createNetworkHandler } from "#webhooks/handlers/network-handler.ts";
import { createProviderNetworkHandler } from "#webhooks/handlers/provider-network-handler.ts";

const wired = (name: string, vlanId: number, subnet: string, spec: object = {}) => ({
  metadata: { name, namespace: "default" },
  spec: {
    providerNetType: "VLAN",
    ipv4Subnets: [{ subnet }],
    vlan: { vlanId, providerInterfaceName: "eth1" },
    ...spec,
  },
});
const context = { signal: new AbortController().signal, deadlineMs: 1_000 };
const fixture = new NbFixture();
fixture.addSwitch("vms", "10.9.0.0/24");
const blue = { metadata: { name: "blue", namespace: "default" }, spec: { ipv4Subnets: [{ subnet: "10.8.0.0/24" }] } };
const common = { namespace: "default", uid: "u1", deleting: false };
const stored = [
  { ...common, kind: "Network", name: "blue", object: blue },
  { ...common, kind: "ProviderNetwork", name: "lan", object: wired("lan", 100, "10.1.0.0/24") },
  { ...common, kind: "ProviderNetwork", name: "broken", object: wired("broken", 0, "nonsense") },
] as const;
const options = { index: fixture.index, stored: () => stored };

async function told(object: object, changes: Parameters<typeof reviewRequest>[2] = {}): Promise<string> {
  const answer = await createProviderNetworkHandler(options)(
    reviewRequest("ProviderNetwork", object, changes),
    context,
  );
  return answer.allowed ? `allowed ${(answer.warnings ?? []).join()}`.trim() : answer.error.message;
}

test("a ProviderNetwork like no other is admitted", async () => {
  assert.equal(await told(wired("office", 101, "10.2.0.0/24")), "allowed");
});

test("of two ProviderNetworks that were let in together, each can be marked, and neither changed while they clash", async () => {
  const twin = wired("twin", 100, "10.2.0.0/24");
  const update = { operation: "UPDATE", name: "twin", oldObject: twin } as const;
  assert.equal(await told({ ...twin, metadata: { ...twin.metadata, finalizers: ["f"] } }, update), "allowed");
  assert.match(await told(wired("twin", 100, "10.3.0.0/24"), update), /^NotAllowed: spec\.vlan\.vlanId 100/);
});

test("a fault is refused with field, value, reason and cure", async () => {
  assert.match(
    await told(wired("office", 4095, "10.2.0.0/24")),
    /^Malformed: spec\.vlan\.vlanId 4095 is no VLAN from 1 to 4094; correct the field/,
  );
});

test("a VLAN or a subnet that another one has on the wire is refused", async () => {
  assert.match(await told(wired("office", 100, "10.2.0.0/24")), /^NotAllowed: spec\.vlan\.vlanId 100 is the VLAN of/);
  assert.match(await told(wired("office", 101, "10.1.0.0/25")), /^AddressReserved: .* overlaps 10\.1\.0\.0\/24/);
  assert.equal(await told(wired("office", 100, "10.1.0.0/24", { physicalNetwork: "other" })), "allowed");
});

test("a name that a Network, a switch or another namespace has is refused, and a Network may not take that of a wire", async () => {
  assert.match(await told(wired("blue", 101, "10.2.0.0/24")), /is the name of a Network of the namespace default/);
  assert.match(
    await told(wired("vms", 101, "10.2.0.0/24")),
    /logical switch that is there already; choose another name/,
  );
  const elsewhere = { ...wired("lan", 101, "10.2.0.0/24"), metadata: { name: "lan", namespace: "other" } };
  assert.match(
    await told(elsewhere, { namespace: "other" }),
    /is the name of a ProviderNetwork of the namespace default/,
  );
  const lan = { metadata: { name: "lan", namespace: "default" }, spec: { ipv4Subnets: [{ subnet: "10.3.0.0/24" }] } };
  const answer = await createNetworkHandler(options)(reviewRequest("Network", lan), context);
  assert.match(answer.allowed ? "" : answer.error.message, /is the name of a ProviderNetwork of the namespace default/);
});

test("a ProviderNetwork stays on its wire and in its VLAN", async () => {
  const lan = wired("lan", 100, "10.1.0.0/24");
  const change = (spec: object) =>
    told({ ...lan, spec: { ...lan.spec, ...spec } }, { operation: "UPDATE", name: "lan", oldObject: lan });
  assert.equal(await change({ mtu: 9000 }), "allowed");
  assert.match(
    await change({ vlan: { vlanId: 101, providerInterfaceName: "eth1" } }),
    /spec\.vlan\.vlanId 101 was 100/,
  );
  const vlan = { vlanId: "100", providerInterfaceName: "eth2" };
  assert.match(await change({ vlan }), /spec\.physicalNetwork "ovn4nfv-eth2" was "ovn4nfv-eth1"/);
  assert.equal(await change({ vlan, physicalNetwork: "ovn4nfv-eth1" }), "allowed");
});

test("the name of Nodus' VLAN interface is a warning, and one that is on its way out is let go", async () => {
  const vlan = { vlanId: "101", providerInterfaceName: "eth1", logicalInterfaceName: "eth1.101" };
  assert.match(
    await told(wired("office", 101, "10.2.0.0/24", { vlan })),
    /^allowed spec\.vlan\.logicalInterfaceName is ignored/,
  );
  const going = { ...wired("office", 0, "x"), metadata: { name: "office", deletionTimestamp: "2026-01-01T00:00:00Z" } };
  assert.equal(await told(going), "allowed");
});
