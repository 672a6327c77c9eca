import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RowChange } from "ovsdb-client";
import { addressOfKey } from "#src/ipam/index/address-key.ts";
import { VirtualAddresses } from "#src/ipam/index/virtual-addresses.ts";
import { printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { floatingHold, loadBalancer, logicalSwitch, nat } from "#src/ovn/nb-tables.ts";
import { keyOf, macOf } from "#test/fixtures/ipam/nb-fixture.ts";

function change(table: string, uuid: string, after: object | undefined): RowChange {
  return { table, uuid, before: undefined, after: after as RowChange["after"], deltas: {} };
}

const vips = (...keys: readonly string[]) => {
  return { name: "lb", vips: new Map(keys.map((key) => [key, "192.0.2.1:80"])), external_ids: new Map() };
};

describe("virtual addresses", () => {
  it("are those of NAT rows until the row changes or goes", () => {
    const virtual = new VirtualAddresses();
    virtual.apply(change(nat.name, "n", { external_ip: "10.0.0.2" }));
    assert.deepEqual(virtual.of(keyOf("10.0.0.2")), { kind: "NAT address", name: "10.0.0.2" });
    virtual.apply(change(nat.name, "n", { external_ip: "10.0.0.3" }));
    assert.equal(virtual.of(keyOf("10.0.0.2")), undefined);
    assert.ok(virtual.of(keyOf("10.0.0.3")));
    virtual.apply(change(nat.name, "n", undefined));
    assert.equal(virtual.of(keyOf("10.0.0.3")), undefined);
  });

  it("are those that FloatingIPs hold, and no other ones of sets of addresses", () => {
    const virtual = new VirtualAddresses();
    const hold = { external_ids: new Map([[externalId("floating-address"), "10.0.0.20"]]) };
    virtual.apply(change(floatingHold.name, "h", hold));
    virtual.apply(change(floatingHold.name, "s", { external_ids: new Map() }));
    assert.deepEqual(virtual.of(keyOf("10.0.0.20")), { kind: "FloatingIP", name: "10.0.0.20" });
    virtual.apply(change(floatingHold.name, "h", undefined));
    assert.equal(virtual.of(keyOf("10.0.0.20")), undefined);
  });

  it("are those of load balancers in each notation that OVN has", () => {
    const virtual = new VirtualAddresses();
    const keys = virtual.apply(
      change(loadBalancer.name, "l", vips("10.0.0.2:80", "10.0.0.3", "[fd00::1]:80", "fd00::2", "nonsense")),
    );
    assert.deepEqual(
      keys.map((key) => printIp(addressOfKey(key))),
      ["10.0.0.2", "10.0.0.3", "fd00::1", "fd00::2"],
    );
    assert.deepEqual(virtual.of(keyOf("fd00::1")), { kind: "load balancer address", name: "lb" });
  });

  it("are those of Services, which stand in nobody's own way", () => {
    const virtual = new VirtualAddresses();
    const marks = (row: string): Map<string, string> =>
      new Map([
        [externalId("owner"), "ovn4nfv"],
        [externalId("row"), row],
      ]);
    const hold = { external_ids: marks("services/s/address-4").set(externalId("floating-address"), "10.0.0.20") };
    virtual.apply(change(floatingHold.name, "h", hold));
    assert.equal(virtual.of(keyOf("10.0.0.20"))?.kind, "Service");
    const own = { ...vips("10.0.0.20:80"), external_ids: marks("services/s/outside-west-tcp") };
    virtual.apply(change(loadBalancer.name, "l", own));
    assert.equal(virtual.balancerOf(keyOf("10.0.0.20"), "services/s"), undefined);
    assert.ok(virtual.balancerOf(keyOf("10.0.0.20"), ""));
  });

  it("stay while another row still has them", () => {
    const virtual = new VirtualAddresses();
    virtual.apply(change(nat.name, "n", { external_ip: "10.0.0.2" }));
    virtual.apply(change(loadBalancer.name, "l", vips("10.0.0.2:80", "10.0.0.2:443")));
    virtual.apply(change(nat.name, "n", undefined));
    assert.equal(virtual.of(keyOf("10.0.0.2"))?.kind, "load balancer address");
    virtual.apply(change(loadBalancer.name, "l", undefined));
    assert.equal(virtual.of(keyOf("10.0.0.2")), undefined);
  });

  it("come with the MACs that chassis answer with, which are nobody's to report", () => {
    const virtual = new VirtualAddresses();
    const told = virtual.apply(change(nat.name, "n", { external_ip: "10.0.0.2", external_mac: "0A:00:00:00:00:07" }));
    assert.deepEqual(told, [keyOf("10.0.0.2")]);
    assert.deepEqual(virtual.of(macOf("0a:00:00:00:00:07")), { kind: "NAT address", name: "10.0.0.2" });
    virtual.apply(change(nat.name, "n", { external_ip: "10.0.0.2", external_mac: undefined }));
    assert.equal(virtual.of(macOf("0a:00:00:00:00:07")), undefined);
  });

  it("come from no other table", () => {
    const virtual = new VirtualAddresses();
    assert.deepEqual(virtual.apply(change(logicalSwitch.name, "s", { external_ip: "10.0.0.2" })), []);
  });
});
