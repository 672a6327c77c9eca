import assert from "node:assert/strict";
import { test } from "node:test";
import { hostVethName } from "#cni/plumbing/host-veth.ts";
import { defaultFamilies, familyOfText, podInterfaces } from "#cni/plumbing/pod-interface.ts";
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
