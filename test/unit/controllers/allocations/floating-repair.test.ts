import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hasItsRule, otherOutside, planRule } from "#src/controllers/allocations/floating-repair.ts";
import { insertRule } from "#src/ovn/floating/floating-operations.ts";
import { addRule, podRule, withUplink } from "#test/fixtures/ipam/floating-nb.ts";
import { interfaceResult } from "#test/fixtures/pods/interface-result.ts";

const plain = interfaceResult({
  ip_address: ["10.0.0.2/24"],
  mac_address: "0a:58:0a:00:00:02",
  defaultGateway: "true",
  port: "a-net1",
});
const result = { ...plain, external_ip: "198.51.100.20", uplink: "west" };

describe("the rule of a result", () => {
  it("is made again as it was, and is then the one that NB has", () => {
    const nb = withUplink();
    assert.equal(hasItsRule(result, nb.index), false);
    const repair = planRule(result, "default", nb.index);
    assert.ok(typeof repair !== "string" && repair.rule !== undefined);
    assert.deepEqual(repair.stale, []);
    nb.commit(...insertRule({ allocation: "a", interfaceName: "net1", cluster: "c1" }, repair.rule, "f0"));
    assert.equal(hasItsRule(result, nb.index), true);
    assert.deepEqual(planRule(result, "default", nb.index), { rule: undefined, stale: [] });
  });

  it("replaces a rule that somebody edited, and a port without an address outside loses its rule", () => {
    const nb = withUplink();
    const uuid = addRule(nb, "198.51.100.20", podRule("a"), "10.0.0.99");
    assert.equal(hasItsRule(result, nb.index), false);
    const repair = planRule(result, "default", nb.index);
    assert.ok(typeof repair !== "string");
    assert.deepEqual(
      repair.stale.map((rule) => rule.uuid),
      [uuid],
    );
    assert.equal(repair.rule?.columns.logical_ip, "10.0.0.2");
    assert.equal(hasItsRule(plain, nb.index), false);
    const without = planRule(plain, "default", nb.index);
    assert.ok(typeof without !== "string" && without.rule === undefined && without.stale.length === 1);
  });

  it("yields to somebody else who has the address, and waits for a gateway that is gone", () => {
    const nb = withUplink();
    addRule(nb, "198.51.100.20", podRule("b"));
    assert.equal(otherOutside(result, nb.index), "the NAT rule of b-net1");
    assert.equal(
      planRule(result, "default", nb.index),
      "the NAT rule of b-net1 holds the address outside of interface net1",
    );
    assert.equal(
      planRule({ ...result, uplink: "east" }, "default", nb.index),
      "the gateway of the Uplink east is gone",
    );
  });

  it("is made for the port itself where the chassis of the pod answers", () => {
    const repair = planRule({ ...result, external_mac: "0a:58:c6:33:64:14" }, "default", withUplink().index);
    assert.ok(typeof repair !== "string");
    assert.equal(repair.rule?.columns.logical_port, "a-net1");
  });
});
