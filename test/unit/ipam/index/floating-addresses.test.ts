import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { remove } from "ovsdb-client";
import { printIp } from "#src/net/ip.ts";
import { nat } from "#src/ovn/nb-tables.ts";
import { addHold, addRule, objectRule, podRule, withUplink } from "#test/fixtures/ipam/floating-nb.ts";
import { ipOf, NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

describe("the addresses outside", () => {
  it("are known with their holders: pods by their ports, FloatingIPs by their objects, and rules of others", () => {
    const nb = withUplink();
    const { floating } = nb.index;
    addRule(nb, "198.51.100.20", podRule("a"));
    addHold(nb, "198.51.100.21", "u1");
    addRule(nb, "198.51.100.22");
    const holders = ["198.51.100.20", "198.51.100.21", "198.51.100.22"].map((ip) => floating.others(ipOf(ip))[0]);
    assert.deepEqual(
      holders.map((row) => row?.kind),
      ["pod", "FloatingIP", "other"],
    );
    assert.equal(holders[0]?.holder, "a-net1");
    assert.equal(holders[1]?.holder, "floating/u1");
    assert.deepEqual(floating.ofPort("a-net1"), [holders[0]]);
    assert.deepEqual(floating.others(ipOf("198.51.100.20"), "a-net1"), []);
  });

  it("count once for the FloatingIP that keeps one and has a rule for it, and for its namespace alone", () => {
    const nb = withUplink();
    addHold(nb, "198.51.100.21", "u1");
    const uuid = addRule(nb, "198.51.100.21", objectRule("u1"));
    addRule(nb, "198.51.100.20", podRule("a"));
    addRule(nb, "198.51.100.22", podRule("b", "telco"));
    addRule(nb, "198.51.100.23");
    assert.equal(nb.index.floating.heldBy("west", "default"), 2);
    assert.equal(nb.index.floating.heldBy("west", "telco"), 1);
    assert.equal(nb.index.floating.heldBy("east", "default"), 0);
    assert.deepEqual(nb.index.floating.others(ipOf("198.51.100.21"), "floating/u1"), []);
    nb.commit(remove(nat, [["_uuid", "==", uuid]]));
    assert.equal(nb.index.floating.heldBy("west", "default"), 2);
  });

  it("of FloatingIPs are found by the port to which they lead, so that they go with it", () => {
    const nb = withUplink();
    const { floating } = nb.index;
    addHold(nb, "198.51.100.21", "u1");
    const uuid = addRule(nb, "198.51.100.21", { ...objectRule("u1"), port: "a-net1" });
    assert.deepEqual(floating.rulesTo("a-net1"), [{ uuid, routerUuid: floating.gateway("west")?.routerUuid }]);
    // The rule is not one of the pod, whose result names none.
    assert.deepEqual(floating.ofPort("a-net1"), []);
    nb.commit(remove(nat, [["_uuid", "==", uuid]]));
    assert.deepEqual(floating.rulesTo("a-net1"), []);
  });

  it("are free again when the row is gone, after a cooldown in which others come first", async () => {
    const nb = withUplink();
    const { floating } = nb.index;
    const gateway = floating.gateway("west");
    assert.ok(gateway);
    const next = () => printIp(floating.nextFree(gateway, 4, nb.clock.monotonicMs(), () => false) ?? ipOf("0.0.0.0"));
    const uuid = addRule(nb, "198.51.100.20", podRule("a"));
    nb.commit(remove(nat, [["_uuid", "==", uuid]]));
    assert.deepEqual(floating.others(ipOf("198.51.100.20")), []);
    assert.equal(next(), "198.51.100.21");
    await nb.clock.advance(60_000);
    assert.equal(next(), "198.51.100.20");
  });

  it("tell of a row that comes to an address which another holder has, and not of its own second row", () => {
    const told: string[] = [];
    const nb = withUplink({}, new NbFixture({ floatingHeldTwice: (uuid) => told.push(uuid) }));
    addHold(nb, "198.51.100.21", "u1");
    addRule(nb, "198.51.100.21", objectRule("u1"));
    assert.deepEqual(told, []);
    const uuid = addRule(nb, "198.51.100.21", podRule("a"));
    assert.deepEqual(told, [uuid]);
  });

  it("belong to gateways of Uplinks, and a router without our owner is none", () => {
    const nb = withUplink({ "floating-limit": "3", "namespace-selector": "{}" });
    const gateway = nb.index.floating.gateway("west");
    assert.equal(gateway?.limit, 3);
    assert.equal(gateway.namespaceSelector, "{}");
    assert.equal(gateway.providerNetwork, "wan");
    assert.equal(nb.index.floating.gateway("east"), undefined);
    assert.equal(withUplink({ owner: "somebody" }).index.floating.gateway("west"), undefined);
  });
});
