import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { floatingIpRows } from "#src/ovn/rows/floating-ip-rows.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const settings = {
  uid: "0b0e-6f0c",
  namespace: "shop",
  uplink: "west",
  address: ip("198.51.100.20"),
  target: undefined,
};
const target = { gatewayId: "uplink/u/gateway", ip: ip("10.10.0.7"), port: "A-net1", pod: "web-0", podUid: "p" };

describe("the rows of a FloatingIP", () => {
  it("are one that holds the address while it leads to no pod", () => {
    const [hold, ...others] = floatingIpRows(settings);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [hold?.id, hold?.table.name, hold?.columns],
      ["floating/0b0e-6f0c/address", "Address_Set", { name: "ovn4nfv_floating_0b0e_6f0c" }],
    );
    assert.deepEqual(hold?.settings, {
      [externalId("uplink")]: "west",
      [externalId("namespace")]: "shop",
      [externalId("floating-address")]: "198.51.100.20",
    });
  });

  it("are a rule of NAT on the gateway besides, with the port by which it goes", () => {
    const [hold, rule] = floatingIpRows({ ...settings, target });
    assert.deepEqual(hold, floatingIpRows(settings)[0]);
    assert.deepEqual(rule?.parent, { id: "uplink/u/gateway", column: "nat" });
    const { type, external_ip, logical_ip, logical_port } = rule.columns;
    assert.deepEqual(
      [type, external_ip, logical_ip, logical_port],
      ["dnat_and_snat", "198.51.100.20", "10.10.0.7", undefined],
    );
    assert.equal(rule.settings?.[externalId("port")], "A-net1");
    // The rules of pods have an allocation.
    assert.ok(!Object.hasOwn(rule.settings ?? {}, externalId("allocation")));
  });
});
