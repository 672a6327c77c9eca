import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert } from "ovsdb-client";
import type { PlannedPort, PortRequest } from "#src/ipam/allocation.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { printIp } from "#src/net/ip.ts";
import { loadBalancer, nat } from "#src/ovn/nb-tables.ts";
import { refused } from "#test/assertions/refused.ts";
import { recoveredPod, ipOf, keyOf, NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

function plan(nb: NbFixture, ...ports: readonly PortRequest[]): readonly string[] {
  return planPorts(requestOf(...ports), nb.view).map(addressesOf);
}

function addressesOf({ addresses }: PlannedPort): string {
  return addresses.map(({ ip }) => printIp(ip)).join(" ");
}

/** A switch with the hosts .2 to .6, with its pool. */
function blue() {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
  const [pool] = nb.index.named("blue")[0]?.pools ?? [];
  assert.ok(pool);
  return { nb, pool };
}

describe("the planner", () => {
  it("goes on from the rotor, round the end of the subnet, to the last free address", () => {
    const { nb, pool } = blue();
    pool.rotor = pool.subnet.cidr.first.value + 5n;
    const ports = Array.from({ length: 5 }, () => portRequest("blue"));
    assert.deepEqual(plan(nb, ...ports), ["10.0.0.5", "10.0.0.6", "10.0.0.2", "10.0.0.3", "10.0.0.4"]);
  });

  it("changes nothing: the same question has the same answer", () => {
    const { nb } = blue();
    assert.deepEqual(plan(nb, portRequest("blue")), plan(nb, portRequest("blue")));
  });

  it("gives the port of a tap a MAC and no address, so that it takes none from the pool", () => {
    const { nb } = blue();
    const [port] = planPorts(requestOf({ ...portRequest("blue"), isTap: true }), nb.view);
    assert.deepEqual(port?.addresses, []);
    assert.match(port.mac, /^0a:58:/);
  });

  it("says which family has nothing left of how many addresses", () => {
    const { nb } = blue();
    const ports = Array.from({ length: 6 }, () => portRequest("blue"));
    assert.deepEqual(
      refused(() => plan(nb, ...ports)),
      { code: "PoolExhausted", field: "interface[5].name", reason: "has no free IPv4 address left of 5" },
    );
  });

  it("keeps what one interface asks for from the automatic choice of an earlier one", () => {
    const { nb } = blue();
    const ports = [portRequest("blue"), portRequest("blue", ["10.0.0.2"], "0a:58:0a:00:00:03")];
    const planned = planPorts(requestOf(...ports), nb.view);
    assert.deepEqual(planned.map(addressesOf), ["10.0.0.3", "10.0.0.2"]);
    assert.deepEqual(
      planned.map(({ mac }) => mac),
      ["0a:58:0a:00:00:04", "0a:58:0a:00:00:03"],
    );
  });

  it("gives an address of every family, IPv4 first, with the same host bits", () => {
    const nb = new NbFixture();
    nb.addSwitch("dual", "fd00::/64,10.0.0.0/29", { gateways: "10.0.0.1,fd00::1" });
    assert.deepEqual(plan(nb, portRequest("dual"), portRequest("dual", ["10.0.0.6"])), [
      "10.0.0.2 fd00::2",
      "10.0.0.6 fd00::6",
    ]);
  });

  it("looks on when the IPv6 address beside the IPv4 is taken or lies outside the prefix", () => {
    const nb = new NbFixture();
    nb.addSwitch("dual", "10.0.0.0/24,fd00::/125", { gateways: "10.0.0.1,fd00::1" });
    nb.addPort("dual", "vm", { addresses: "0a:00:00:00:00:01 fd00::2" });
    assert.deepEqual(plan(nb, portRequest("dual"), portRequest("dual", ["10.0.0.200"])), [
      "10.0.0.2 fd00::3",
      "10.0.0.200 fd00::4",
    ]);
  });

  it("takes the next subnet of a family when one is full", () => {
    const nb = new NbFixture();
    nb.addSwitch("two", "10.0.0.0/30,10.1.0.0/30", { gateways: "10.0.0.1,10.1.0.1" });
    assert.deepEqual(plan(nb, portRequest("two"), portRequest("two")), ["10.0.0.2", "10.1.0.2"]);
  });

  it("passes over an address in cooldown while there are others, and takes it when there are none", async () => {
    const { nb } = blue();
    const [state] = nb.index.named("blue");
    state?.coolDown(
      [2, 3].map((n) => ({ family: 4, value: 0x0a000000n + BigInt(n) })),
      nb.clock.monotonicMs(),
    );
    assert.deepEqual(plan(nb, portRequest("blue")), ["10.0.0.4"]);
    for (const n of ["4", "5", "6"]) nb.addPort("blue", n, { addresses: `0a:00:00:00:00:0${n} 10.0.0.${n}` });
    assert.deepEqual(plan(nb, portRequest("blue")), ["10.0.0.2"]);
    nb.removePort("blue", "4");
    await nb.clock.advance(60_000);
    assert.deepEqual(plan(nb, portRequest("blue")), ["10.0.0.2"], "rested long enough");
  });

  it("never chooses what NAT, a load balancer, a recovered pod or a plan in flight has", () => {
    const { nb } = blue();
    nb.commit(insert(nat, { external_ip: "10.0.0.2" }));
    nb.commit(insert(loadBalancer, { name: "lb", vips: { "10.0.0.3:80": "192.0.2.1:80" } }));
    nb.index.recovered.add(recoveredPod("blue", "10.0.0.4", "0a:00:00:00:00:01"));
    nb.index.named("blue")[0]?.withheld.add(keyOf("10.0.0.5"));
    assert.deepEqual(plan(nb, portRequest("blue")), ["10.0.0.6"]);
    assert.equal(refused(() => plan(nb, portRequest("blue"), portRequest("blue"))).code, "PoolExhausted");
  });

  it("never chooses a next hop of the network's routes, which a pod may ask for", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1", routes: '[{"dst":"192.0.2.0/24","gw":"10.0.0.2"}]' });
    assert.deepEqual(plan(nb, portRequest("blue"), portRequest("blue", ["10.0.0.2"])), ["10.0.0.3", "10.0.0.2"]);
    assert.deepEqual(plan(nb, portRequest("blue")), ["10.0.0.3"]);
  });

  it("chooses in a subnet with a gateway before one of the same family without", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29 10.0.1.0/30 fd00::/126", { gateways: "10.0.1.1" });
    assert.deepEqual(plan(nb, portRequest("blue")), ["10.0.1.2 fd00::2"]);
    assert.deepEqual(plan(nb, portRequest("blue"), portRequest("blue")), ["10.0.1.2 fd00::2", "10.0.0.2 fd00::3"]);
  });

  it("chooses what is a next hop only on another switch with the same subnet", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1", routes: '[{"dst":"192.0.2.0/24","gw":"10.0.0.2"}]' });
    nb.addSwitch("green", "10.0.0.0/29", { gateways: "10.0.0.1" });
    assert.deepEqual(plan(nb, portRequest("green"), portRequest("blue")), ["10.0.0.2", "10.0.0.3"]);
  });

  it("never chooses a next hop of one interface as an address of its pod", () => {
    const { nb } = blue();
    const router = { ...portRequest("blue"), gateways: ["10.0.0.2", "10.0.0.3"].map(ipOf) };
    assert.deepEqual(plan(nb, router, portRequest("blue")), ["10.0.0.4", "10.0.0.5"]);
    assert.deepEqual(plan(nb, portRequest("blue"), router), ["10.0.0.4", "10.0.0.5"]);
    const last = { ...portRequest("blue"), gateways: ["10.0.0.6"].map(ipOf) };
    assert.deepEqual(plan(nb, ...["10.0.0.4", "10.0.0.5"].map((ip) => portRequest("blue", [ip])), last), [
      "10.0.0.4",
      "10.0.0.5",
      "10.0.0.2",
    ]);
    const asked = ["2", "3", "4", "5"].map((n) => portRequest("blue", [`10.0.0.${n}`]));
    assert.equal(refused(() => plan(nb, ...asked, last)).code, "PoolExhausted");
  });

  it("says when the network's MAC prefix has no MAC left", () => {
    const nb = new NbFixture();
    nb.addSwitch("few", "10.0.0.0/22", { gateways: "10.0.0.1", "mac-prefix": "0a:58:00:00:00" });
    const ports = Array.from({ length: 257 }, () => portRequest("few"));
    assert.equal(plan(nb, ...ports.slice(1)).length, 256);
    assert.deepEqual(
      refused(() => plan(nb, ...ports)),
      {
        code: "PoolExhausted",
        field: "interface[256].name",
        reason: "has no free MAC address left with the prefix 0a:58:00:00:00",
      },
    );
  });
});
