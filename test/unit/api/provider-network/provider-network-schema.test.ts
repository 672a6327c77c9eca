import assert from "node:assert/strict";
import { test } from "node:test";
import { providerNetworkSpecSchema } from "#src/api/provider-network/provider-network-schema.ts";

/** The objects of example/ovn4nfv_vlan_pn.yml and example/ovn4nfv_direct_pn.yml of Nodus. */
const nodus = {
  vlan: {
    cniType: "ovn4nfv",
    ipv4Subnets: [
      {
        subnet: "172.16.33.0/24",
        name: "subnet1",
        gateway: "172.16.33.1/24",
        excludeIps: "172.16.33.2 172.16.33.5..172.16.33.10",
      },
    ],
    providerNetType: "VLAN",
    vlan: {
      vlanId: "100",
      providerInterfaceName: "eth0",
      logicalInterfaceName: "eth0.100",
      vlanNodeSelector: "specific",
      nodeLabelList: ["kubernetes.io/hostname=ubuntu18"],
    },
  },
  direct: {
    cniType: "ovn4nfv",
    ipv4Subnets: [
      {
        subnet: "172.16.34.0/24",
        name: "subnet2",
        gateway: "172.16.34.1/24",
        excludeIps: "172.16.34.2 172.16.34.5..172.16.34.10",
      },
    ],
    providerNetType: "DIRECT",
    direct: {
      providerInterfaceName: "eth0.101",
      directNodeSelector: "specific",
      nodeLabelList: ["kubernetes.io/hostname=ubuntu18"],
    },
  },
};

test("the ProviderNetworks of Nodus are taken as they are", () => {
  assert.deepEqual(providerNetworkSpecSchema.parse(nodus.vlan), nodus.vlan);
  assert.deepEqual(providerNetworkSpecSchema.parse(nodus.direct), nodus.direct);
});

test("a physical network must be fit for ovn-bridge-mappings and for a label", () => {
  for (const physicalNetwork of ["lan", "nw_blue", "a.b-c"]) {
    assert.ok(providerNetworkSpecSchema.safeParse({ ...nodus.direct, physicalNetwork }).success, physicalNetwork);
  }
  for (const physicalNetwork of ["", "a:b", "a,b", "-a", "a/b", "x".repeat(64)]) {
    assert.ok(!providerNetworkSpecSchema.safeParse({ ...nodus.direct, physicalNetwork }).success, physicalNetwork);
  }
});
