import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert } from "ovsdb-client";
import type { PortRequest } from "#src/ipam/allocation.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { printIp } from "#src/net/ip.ts";
import { loadBalancer } from "#src/ovn/nb-tables.ts";
import { refusalOf } from "#test/assertions/refused.ts";
import { addHold, addRule, floatingRequest, podRule, withUplink } from "#test/fixtures/ipam/floating-nb.ts";
import { ipOf, type NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

function plan(nb: NbFixture, ...ports: readonly PortRequest[]) {
  return planPorts(requestOf(...ports), nb.view).map(({ floating }) => floating && printIp(floating.externalIp));
}

const message = (nb: NbFixture, ...ports: readonly PortRequest[]): string =>
  refusalOf(() => plan(nb, ...ports)).message;

describe("the address outside of an interface", () => {
  it("is any free one of its uplink, or the one that is asked for, which no other interface of the pod gets", () => {
    const nb = withUplink();
    assert.deepEqual(plan(nb, floatingRequest()), ["198.51.100.20"]);
    assert.deepEqual(plan(nb, floatingRequest()), ["198.51.100.20"]);
    const asked = [floatingRequest(), floatingRequest("198.51.100.20"), portRequest("blue"), floatingRequest()];
    assert.deepEqual(plan(nb, ...asked), ["198.51.100.21", "198.51.100.20", undefined, "198.51.100.22"]);
  });

  it("belongs to the address inside of the same family", () => {
    const [port] = planPorts(requestOf(floatingRequest()), withUplink().view);
    assert.deepEqual(port?.floating?.logicalIp, port?.addresses[0]?.ip);
    assert.match(
      message(withUplink(), floatingRequest("2001:db8::1")),
      /^AddressOutOfRange: .* is IPv6, and the interface/,
    );
  });

  it("is taken by pods, FloatingIPs, rules, balancers and ports on the wire, each of which the refusal names", () => {
    const nb = withUplink();
    addRule(nb, "198.51.100.20", podRule("a"));
    nb.addPort("blue", "a-net1", { allocation: "a", pod: "web-0", addresses: "0a:58:0a:00:00:09 10.0.0.9" });
    addHold(nb, "198.51.100.21", "u1", "telco");
    nb.addPort("wan", "vm", { addresses: "0a:58:00:00:00:01 198.51.100.22" });
    const asks = (ip: string) => message(nb, floatingRequest(ip));
    assert.match(
      asks("198.51.100.20"),
      /^AddressInUse: interface\[0\]\.externalIp "198\.51\.100\.20" is in use by pod default\/web-0;/,
    );
    assert.match(asks("198.51.100.21"), /is in use by a FloatingIP of another namespace;/);
    assert.match(asks("198.51.100.22"), /is in use by the port "vm";/);
    nb.commit(insert(loadBalancer, { name: "lb", vips: { "198.51.100.23:80": "10.0.0.9:80" } }));
    assert.match(asks("198.51.100.23"), /is in use by a load balancer address;/);
    assert.match(
      message(nb, floatingRequest()),
      /^PoolExhausted: .*"west" is an Uplink that has no free floating address left of 4;/,
    );
  });

  it("is kept for a stored pod whose row NB lost, and for a plan in flight", () => {
    const nb = withUplink();
    nb.index.recovered.add({
      allocation: "lost",
      namespace: "default",
      pod: "stored",
      podUid: "u",
      ports: [],
      floating: [ipOf("198.51.100.20")],
    });
    assert.match(message(nb, floatingRequest("198.51.100.20")), /is in use by pod default\/stored;/);
    const [port] = planPorts(requestOf(floatingRequest()), nb.view);
    assert.ok(port?.floating);
    nb.index.floating.withhold(port.floating, "default");
    assert.match(message(nb, floatingRequest("198.51.100.21")), /is in use by another pod that is being created;/);
    assert.deepEqual(plan(nb, floatingRequest()), ["198.51.100.22"]);
    addRule(nb, "198.51.100.20", podRule("lost"));
    assert.equal(nb.index.recovered.size, 0);
  });

  it("must lie in the pool, and be free for the namespace below its limit", () => {
    assert.match(
      message(withUplink(), floatingRequest("198.51.100.99")),
      /^AddressOutOfRange: .* is none of the floating addresses of the Uplink west, which has 198\.51\.100\.20\.\.198\.51\.100\.23; ask/,
    );
    assert.match(
      message(withUplink({ "allowed-namespaces": "telco" }), floatingRequest()),
      /^NotAllowed: .*"west" is an Uplink that gives no floating addresses to the namespace "default"; ask the owner/,
    );
    const limited = withUplink({ "floating-limit": "2" });
    addRule(limited, "198.51.100.20", podRule("a"));
    assert.match(
      message(limited, floatingRequest(), floatingRequest()),
      /^LimitReached: .* at most 2 floating addresses, and "default" has 2; delete/,
    );
    assert.deepEqual(plan(limited, floatingRequest()), ["198.51.100.21"]);
  });

  it("is refused with the reason on a network that leaves by no such uplink", () => {
    const nb = withUplink({ "floating-addresses": "" });
    nb.addSwitch("alone", "10.1.0.0/24");
    nb.addSwitch("flags", "10.2.0.0/24", { gateways: "10.2.0.1" });
    nb.addPort("flags", "stor", { type: "router", addresses: "0a:58:0a:02:00:01 10.2.0.1" });
    nb.addSwitch("east", "10.3.0.0/24", { uplink: "gone" });
    const why = (network: string, more = {}) => message(nb, floatingRequest(undefined, more, network));
    assert.match(why("alone"), /^FloatingUnavailable: interface\[0\]\.externalIp "auto" .*"alone", which is isolated/);
    assert.match(why("flags"), /"flags", which names no Uplink; the uplink of the controller's flags/);
    assert.match(why("wan"), /"wan", a ProviderNetwork, on which pods are outside with their own addresses/);
    assert.match(why("east"), /whose Uplink gone has no gateway yet; .*kubectl describe uplink gone/);
    assert.match(why("blue"), /whose Uplink west has no floating addresses/);
  });

  it("works from the node of the pod only where nodes tell of the wire, with a MAC that nobody has", () => {
    const nb = withUplink();
    nb.addPort("wan", "vm", { addresses: "0a:58:c6:33:64:14" });
    assert.deepEqual(plan(nb, floatingRequest(undefined, { distributed: true })), ["198.51.100.21"]);
    assert.match(
      message(nb, floatingRequest("198.51.100.20", { distributed: true })),
      /is in use, since its MAC address is held by the port "vm";/,
    );
    const physical = withUplink({ "provider-network": undefined });
    assert.match(
      message(physical, floatingRequest(undefined, { distributed: true })),
      /^FloatingUnavailable: .* nobody tells which nodes carry the physical network of the Uplink west; leave distributed out/,
    );
  });
});
