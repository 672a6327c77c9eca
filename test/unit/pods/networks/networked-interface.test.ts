import assert from "node:assert/strict";
import { test } from "node:test";
import { printIp } from "#src/net/ip.ts";
import { networkedInterfaces } from "#src/pods/networks/networked-interface.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { interfacesOf } from "#test/fixtures/pods/pod-interfaces.ts";

test("an interface gets its network and the addresses that it asks for", () => {
  const fixture = new NbFixture();
  fixture.addSwitch("blue", "10.1.0.0/24");
  const [item, ...others] = networkedInterfaces(
    interfacesOf({ name: "blue", ipAddress: "10.1.0.7" }, { name: "green" }),
    fixture.index,
  );
  assert.deepEqual([item?.network.name, item?.addresses.map(printIp)], ["blue", ["10.1.0.7"]]);
  assert.deepEqual(others, [], "the network green does not exist, which the planner says");
});

test("a network whose settings are wrong, or whose name two switches have, is left to the planner", () => {
  const fixture = new NbFixture();
  fixture.addSwitch("blue", "10.1.0.0/24", { gateways: "10.1.0.1", mtu: "12" });
  fixture.addSwitch("twice", "10.2.0.0/24");
  fixture.addSwitch("twice", "10.3.0.0/24");
  assert.deepEqual(networkedInterfaces(interfacesOf({ name: "blue" }, { name: "twice" }), fixture.index), []);
});
