import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";

const object = (spec: object) => ({ metadata: { name: "pnetwork", namespace: "default", uid: "u1" }, spec });

const vlan = (more: object = {}, fields: object = {}) =>
  object({
    providerNetType: "VLAN",
    ipv4Subnets: [{ subnet: "172.16.33.0/24" }],
    vlan: { vlanId: "100", providerInterfaceName: "eth1", ...fields },
    ...more,
  });

const direct = (more: object = {}, fields: object = {}) =>
  object({ providerNetType: "DIRECT", direct: { providerInterfaceName: "eth1", ...fields }, ...more });

test("a ProviderNetwork has every default filled in", () => {
  const config = parseProviderNetwork(vlan({ ipv4Subnets: [{ subnet: "172.16.33.0/24", gateway: "172.16.33.1/24" }] }));
  assert.equal(config.tag, 100);
  assert.equal(config.mtu, 1500);
  assert.equal(config.ethtype, "802.1q");
  assert.equal(config.trunk, false);
  assert.equal(config.physicalNetwork, "ovn4nfv-eth1");
  assert.equal(config.interface, "eth1");
  assert.deepEqual(config.selected, { kind: "all" });
  assert.equal(config.allowed, "*");
  assert.deepEqual(
    config.subnets.map(({ cidr, gateway }) => [printCidr(cidr), gateway && printIp(gateway)]),
    [["172.16.33.0/24", "172.16.33.1"]],
  );
});

test("no router of ours stands on the wire, so that a subnet has the gateway that is written, or none", () => {
  assert.equal(parseProviderNetwork(vlan()).subnets[0]?.gateway, undefined);
});

test("subnets may be left out", () => {
  assert.deepEqual(parseProviderNetwork(direct()).subnets, []);
});

test("the VLAN is a number or a text", () => {
  assert.equal(parseProviderNetwork(vlan({}, { vlanId: 4094 })).tag, 4094);
  assert.equal(parseProviderNetwork(direct()).tag, undefined);
  for (const vlanId of [0, 4095, "0", "4095", "0x10", "1e2", "", "12 "]) {
    assert.throws(() => parseProviderNetwork(vlan({}, { vlanId })), /spec\.vlan\.vlanId .* is no VLAN from 1 to 4094/);
  }
});

test("ProviderNetworks on one interface share a physical network, whatever their nodes call it", () => {
  const nodes = [{ selector: { matchLabels: { rack: "b" } }, interface: "enp7s0" }];
  assert.equal(parseProviderNetwork(vlan({ nodes })).physicalNetwork, "ovn4nfv-eth1");
  assert.equal(parseProviderNetwork(direct({ nodes })).physicalNetwork, "ovn4nfv-eth1");
  assert.equal(parseProviderNetwork(direct({ physicalNetwork: "lan" })).physicalNetwork, "lan");
  assert.equal(parseProviderNetwork(object({ providerNetType: "DIRECT", nodes })).physicalNetwork, "ovn4nfv-enp7s0");
  assert.equal(
    parseProviderNetwork(object({ providerNetType: "DIRECT", adoptBridge: "br-lan" })).physicalNetwork,
    "ovn4nfv-br-lan",
  );
});

test("a network without interface and bridge is refused", () => {
  assert.throws(
    () => parseProviderNetwork(object({ providerNetType: "VLAN", vlan: { vlanId: 5 } })),
    /spec\.vlan\.providerInterfaceName is missing, and neither nodes nor adoptBridge is there/,
  );
});

test("the node selector is that of Nodus, in any case, and specific needs labels", () => {
  const selected = (fields: object) => parseProviderNetwork(vlan({}, fields)).selected;
  assert.deepEqual(selected({ vlanNodeSelector: "ANY" }), { kind: "any" });
  assert.deepEqual(selected({ vlanNodeSelector: "Specific", nodeLabelList: ["a=b", "c/d = e=f"] }), {
    kind: "labels",
    labels: { a: "b", "c/d": "e=f" },
  });
  assert.throws(
    () => selected({ vlanNodeSelector: "some" }),
    /vlanNodeSelector "some" is none of all, any and specific/,
  );
  assert.throws(() => selected({ vlanNodeSelector: "specific" }), /spec\.vlan\.nodeLabelList is empty/);
  assert.throws(
    () => selected({ vlanNodeSelector: "specific", nodeLabelList: ["a"] }),
    /spec\.vlan\.nodeLabelList\[0\] "a" is not written key=value/,
  );
  const nodes = [{ selector: {}, interface: "eth2" }];
  assert.deepEqual(parseProviderNetwork(object({ providerNetType: "DIRECT", nodes })).selected, { kind: "none" });
});

test("names that are no interface are refused with what a name is", () => {
  for (const providerInterfaceName of ["", "eth0/1", "a-name-of-16-byt", "eth 0", "-x"]) {
    assert.throws(
      () => parseProviderNetwork(vlan({}, { providerInterfaceName })),
      /spec\.vlan\.providerInterfaceName ".*" is no name of an interface: 1 to 15 letters/,
    );
  }
  assert.throws(() => parseProviderNetwork(direct({ adoptBridge: "br/x" })), /spec\.adoptBridge "br\/x" is no name/);
  const nodes = [{ selector: {}, interface: "a b" }];
  assert.throws(() => parseProviderNetwork(direct({ nodes })), /spec\.nodes\.0\.interface "a b" is no name/);
});

test("fields that contradict each other are refused", () => {
  assert.throws(() => parseProviderNetwork(vlan({ trunk: true })), /spec\.trunk true cannot go together with a VLAN/);
  assert.throws(
    () => parseProviderNetwork(direct({ ethtype: "802.1ad" })),
    /spec\.ethtype "802\.1ad" is the kind of a tag/,
  );
  assert.throws(() => parseProviderNetwork(direct({ vlan: { vlanId: 1 } })), /spec\.vlan is there/);
  assert.throws(() => parseProviderNetwork(vlan({ direct: {} })), /spec\.direct is there/);
});

test("a VLAN over a mapping that Nodus made would be tagged twice, and is refused with the cure", () => {
  assert.throws(
    () => parseProviderNetwork(vlan({ physicalNetwork: "nw_pnetwork" })),
    /spec\.physicalNetwork "nw_pnetwork" .* tagged twice: remove Nodus' bridge/,
  );
  assert.equal(parseProviderNetwork(direct({ physicalNetwork: "nw_pnetwork" })).physicalNetwork, "nw_pnetwork");
});

test("an MTU below what IPv6 needs is refused", () => {
  const ipv6Subnets = [{ subnet: "fd10::/64" }];
  assert.throws(
    () => parseProviderNetwork(vlan({ ipv6Subnets, mtu: 1000 })),
    /spec\.mtu 1000 is less than the 1280 bytes/,
  );
});

test("the name of Nodus' VLAN interface is ignored with a warning", () => {
  const [warning] = parseProviderNetwork(vlan({}, { logicalInterfaceName: "eth1.100" })).warnings;
  assert.match(warning ?? "", /spec\.vlan\.logicalInterfaceName is ignored/);
  assert.deepEqual(parseProviderNetwork(vlan()).warnings, []);
});

test("a refusal names the kind for kubectl explain", () => {
  assert.throws(
    () => parseProviderNetwork(vlan({ ipv4Subnets: [{ subnet: "x" }] })),
    /kubectl explain providernetwork\.spec/,
  );
});
