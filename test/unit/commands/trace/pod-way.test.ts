import assert from "node:assert/strict";
import { test } from "node:test";
import { microflow } from "#src/commands/trace/microflow.ts";
import { findInterfaces, type TracedInterface } from "#src/commands/trace/traced-interfaces.ts";
import { findWay, macOf, onwardWay } from "#src/commands/trace/pod-way.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { indexedNb } from "#test/fixtures/ipam/indexed-nb.ts";

const { index } = indexedNb({
  switches: [
    {
      name: "left",
      ids: { subnets: "10.1.0.0/24", gateways: "10.1.0.1" },
      ports: [{ name: "gateway", addresses: ["0a:58:0a:01:00:01 10.1.0.1"] }],
    },
    { name: "right", ids: { subnets: "10.3.0.0/24", gateways: "10.3.0.1" } },
    { name: "iso", ids: { subnets: "10.5.0.0/24" } },
  ],
});

function network(name: string): SwitchState {
  const [state] = index.named(name);
  assert.ok(state);
  return state;
}

function ip(text: string): IpAddress {
  const address = parseIp(text);
  assert.ok(address);
  return address;
}

const nic = (pod: string, name: string, on: string, address: string, chain?: string): TracedInterface => ({
  namespace: "default",
  pod,
  name,
  port: `${pod}-${name}`,
  mac: "0a:58:00:00:00:02",
  ips: [ip(address)],
  network: network(on),
  isUp: true,
  chain,
});

const left = nic("a", "net1", "left", "10.1.0.2");
const iso = nic("a", "net2", "iso", "10.5.0.2");

const result = (of: TracedInterface, more: Partial<InterfaceResult>): InterfaceResult => ({
  ip_address: of.ips.map((one) => `${printIp(one)}/24`),
  mac_address: of.mac,
  gateway_ip: ["10.1.0.1"],
  defaultGateway: "false",
  interface: of.name,
  network: of.network.network.name,
  port: of.port,
  ...more,
});

test("a destination in a subnet is reached directly, and any other by the gateway", () => {
  const direct = findWay([left, iso], ip("10.5.0.9"), []);
  assert.deepEqual(
    [direct.from, printIp(direct.nextHop), direct.mac, direct.isChosen],
    [iso, "10.5.0.9", undefined, true],
  );
  const far = findWay([left, iso], ip("198.51.100.7"), []);
  assert.deepEqual(
    [far.from, printIp(far.nextHop), far.mac, far.isChosen],
    [left, "10.1.0.1", "0a:58:0a:01:00:01", false],
  );
});

test("for the address of a Service on the link the router answers", () => {
  const { mac, nextHop } = findWay([left], ip("10.1.0.200"), [], (one) => printIp(one) === "10.1.0.200");
  assert.deepEqual([printIp(nextHop), mac], ["10.1.0.200", "0a:58:0a:01:00:01"]);
  assert.equal(findWay([left], ip("10.1.0.200"), []).mac, undefined);
});

test("the routes that a pod has stored choose the interface, the longest first, and the default route last", () => {
  const routes = [{ dst: "198.51.100.0/24", gw: "10.5.0.9" }];
  const results = [result(left, { defaultGateway: "true" }), result(iso, { routes })];
  const byRoute = findWay([left, iso], ip("198.51.100.7"), results);
  assert.deepEqual([byRoute.from, printIp(byRoute.nextHop), byRoute.isChosen], [iso, "10.5.0.9", true]);
  const byDefault = findWay([left, iso], ip("203.0.113.7"), results);
  assert.deepEqual([byDefault.from, printIp(byDefault.nextHop), byDefault.isChosen], [left, "10.1.0.1", true]);
});

test("where nothing tells the interface, or none has the family, the message says what to write", () => {
  const right = nic("a", "net3", "right", "10.3.0.2");
  const line = /write POD\/INTERFACE: it has net1 \(network left\), net3 \(network right\)/;
  assert.throws(() => findWay([left, right], ip("203.0.113.7"), []), line);
  assert.throws(() => findWay([left], ip("fd00::1"), []), /default\/a net1: none has an IPv6 address/);
});

test("a pod of a chain sends on by its other interface, and the packet's end is not sent on", () => {
  const [first, second] = [nic("fw", "net1", "left", "10.1.0.9", "uid"), nic("fw", "net2", "right", "10.3.0.9", "uid")];
  const way = findWay([left], ip("10.3.0.77"), []);
  const onward = onwardWay([left, first, second], way, [first.port]);
  assert.deepEqual(
    [onward?.from, onward && printIp(onward.nextHop), onward && printIp(onward.source)],
    [second, "10.3.0.77", "10.1.0.2"],
  );
  assert.equal(onwardWay([left, first, second], findWay([left], ip("10.1.0.9"), []), [first.port]), undefined);
  assert.equal(onwardWay([left, first], way, [first.port]), undefined);
  assert.equal(onwardWay([left, first, second], way, [first.port, "another"]), undefined);
});

test("the packet is written in the language of ovn-trace", () => {
  const way = findWay([left], ip("198.51.100.7"), []);
  assert.equal(
    microflow(way, { proto: "udp", port: 53 }),
    'inport == "a-net1" && eth.src == 0a:58:00:00:00:02 && eth.dst == 0a:58:0a:01:00:01 && ip4.src == 10.1.0.2 && ' +
      "ip4.dst == 198.51.100.7 && ip.ttl == 64 && udp && udp.src == 49152 && udp.dst == 53",
  );
  assert.match(microflow(way, { proto: "icmp", port: 0 }, 63), /ip\.ttl == 63 && icmp4\.type == 8/);
  assert.equal(macOf(network("iso"), ip("10.5.0.77")), undefined);
});

test("one word is a pod of the namespace, two are a pod and its interface before a namespace and a pod", () => {
  const all = [left, iso, { ...nic("net1", "net1", "left", "10.1.0.8"), namespace: "a" }];
  assert.deepEqual(findInterfaces(all, "a", "default"), [left, iso]);
  assert.deepEqual(findInterfaces(all, "a/net1", "default"), [left]);
  assert.deepEqual(findInterfaces(all, "a/net1", "elsewhere"), [all[2]]);
  assert.deepEqual(findInterfaces(all, "default/a/net2", "elsewhere"), [iso]);
});
