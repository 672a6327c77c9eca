import assert from "node:assert/strict";
import { test } from "node:test";
import { printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { doubtfulSubnets, gatewaysOf, interfaceSubnets } from "#src/pods/networks/interface-subnets.ts";
import type { NetworkedInterface } from "#src/pods/networks/networked-interface.ts";
import { networked, networkOf } from "#test/fixtures/pods/pod-interfaces.ts";

const dual = networkOf("blue", { subnets: "10.1.0.0/24,fd01::/64", gateways: "10.1.0.1,fd01::1" });
const bare = networkOf("bare", { subnets: "10.2.0.0/24" });
const three = networkOf("three", {
  subnets: "10.1.0.0/24,10.2.0.0/24,10.3.0.0/24",
  gateways: "10.1.0.1,10.2.0.1",
});

const gateways = (item: NetworkedInterface) => gatewaysOf(item).map(printIp);
const doubtful = (item: NetworkedInterface) => doubtfulSubnets(item, 4).map(({ cidr }) => printCidr(cidr));

test("gateways are the network's, one of each family, unless the user wrote one", () => {
  assert.deepEqual(gateways(networked({}, dual)), ["10.1.0.1", "fd01::1"]);
  assert.deepEqual(gateways(networked({ gwipaddress: "10.1.0.9" }, dual)), ["10.1.0.9", "fd01::1"]);
  assert.deepEqual(gateways(networked({}, bare)), []);
});

test("among several subnets the gateway is that of the subnet in which an address lies", () => {
  assert.deepEqual(gateways(networked({}, three, ["10.2.0.5"])), ["10.2.0.1"]);
  assert.deepEqual(gateways(networked({}, three, ["10.3.0.5"])), []);
  assert.deepEqual(gateways(networked({}, three, ["10.3.0.5", "10.2.0.5", "10.1.0.5"])), ["10.2.0.1"]);
});

test("where an interface is stands open until an address is known, unless the family has one subnet", () => {
  const settled = (item: NetworkedInterface) => interfaceSubnets(item, 4).isSettled;
  assert.deepEqual([networked({}, dual), networked({}, three)].map(settled), [true, false]);
  const { subnets, isSettled } = interfaceSubnets(networked({ ipAddress: "10.2.0.9" }, three), 4);
  assert.deepEqual([subnets.map(({ cidr }) => printCidr(cidr)), isSettled], [["10.2.0.0/24"], true]);
});

test("subnets without a gateway are doubtful beside one that has it, as long as one may come to be chosen", () => {
  assert.deepEqual(doubtful(networked({}, three)), ["10.3.0.0/24"]);
  assert.deepEqual(doubtful(networked({ ipAddress: "10.3.0.9" }, three)), []);
  assert.deepEqual(doubtful(networked({ gwipaddress: "10.1.0.9" }, three)), []);
  assert.deepEqual(doubtful(networked({}, networkOf("none", { subnets: "10.1.0.0/24,10.2.0.0/24" }))), []);
});
