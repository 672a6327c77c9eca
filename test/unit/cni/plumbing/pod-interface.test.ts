import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultFamilies, familyOfText, hostVethName, podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const interfaces = podInterfaces("abc", sampleResults, 1400);

test("a network that sets no MTU gets the agent's, another its own smaller one", () => {
  assert.deepEqual(
    interfaces.map(({ mtu }) => mtu),
    [1400, 1300, 1400],
  );
});

test("no interface gets more than the node's tunnels carry", () => {
  assert.deepEqual(
    podInterfaces("abc", sampleResults, 1200).map(({ mtu }) => mtu),
    [1200, 1200, 1200],
  );
});

test("an interface on a wire has the MTU of the wire, which no tunnel carries", () => {
  const [first] = sampleResults;
  assert.ok(first);
  const mtuOf = (mtu: number) => podInterfaces("abc", [{ ...first, wire: "ovn4nfv-eth1", mtu }], 1400)[0]?.mtu;
  assert.deepEqual([mtuOf(1500), mtuOf(9000), mtuOf(1280)], [1500, 9000, 1280]);
});

test("gateways are next hops only where the default route was asked for", () => {
  assert.deepEqual(
    interfaces.map(({ defaultGateways }) => defaultGateways),
    [[], ["10.2.0.1", "fd00:2::1"], []],
  );
  assert.deepEqual([...defaultFamilies(interfaces)], [4, 6]);
});

test("host names are those of the container", () => {
  assert.equal(interfaces[0]?.hostName, hostVethName("abc", "net1"));
});

test("a colon makes a text IPv6", () => {
  assert.equal(familyOfText("::/0"), 6);
  assert.equal(familyOfText("0.0.0.0/0"), 4);
});

const id = "4f1c0a7be2d04b6f9d1c3a5e7f90123456789abcdef0123456789abcdef01234";

test("names fit Linux for container ids and interfaces of any length (the predecessor panicked below 14)", () => {
  for (const containerId of ["a", "short", id, "x".repeat(500)]) {
    for (const interfaceName of ["e", "net1", "abcdefghijklmno"]) {
      assert.match(hostVethName(containerId, interfaceName), /^ovn[0-9a-f]{12}$/);
    }
  }
});

test("interfaces of one container, and one interface of containers alike, have different names", () => {
  const names = [
    hostVethName(id, "net1"),
    hostVethName(id, "net10"),
    hostVethName(`${id.slice(0, -1)}5`, "net1"),
    hostVethName("a", "b1"),
    hostVethName("ab", "1"),
  ];
  assert.equal(new Set(names).size, names.length);
});

test("a name is the same each time, so that DEL finds what ADD made", () => {
  assert.equal(hostVethName("abc", "net1"), hostVethName("abc", "net1"));
});

test("an interface that only receives takes frames of every size", () => {
  const [first] = sampleResults;
  assert.ok(first);
  const [tap] = podInterfaces("abc", [{ ...first, ip_address: [], gateway_ip: [], tap: true, mtu: 1300 }], 1400);
  assert.deepEqual([tap?.mtu, tap?.addresses], [9216, []]);
});

test("the interface of a guest carries nothing in the pod, and needs no table for a subnet that it shares", () => {
  const [first] = sampleResults;
  assert.ok(first);
  const guest = { ...first, interface: "net9", dhcp: true as const, dns: { domain: "example.org" } };
  const [pod, vm] = podInterfaces("abc", [first, guest], 1400);
  assert.equal(pod?.table, undefined);
  assert.deepEqual(vm && { ...vm, hostName: "", name: "", mac: "", mtu: 0 }, {
    name: "",
    hostName: "",
    mac: "",
    mtu: 0,
    addresses: [],
    guestAddresses: first.ip_address,
    routes: [],
    dns: undefined,
    gateways: [],
    defaultGateways: [],
    table: undefined,
    tableRoutes: [],
    bandwidth: undefined,
  });
});
