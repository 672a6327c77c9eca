import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyNetworkState } from "#cni/plumbing/network-state.ts";
import { hostVethName, podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { pairCommands, podCommands } from "#cni/plumbing/pod-commands.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const interfaces = podInterfaces("abc", sampleResults, 1400);

test("every address comes before every route, and the default route last", () => {
  assert.deepEqual(podCommands(interfaces, { bypassCidrs: [], inUserSpace: false }, emptyNetworkState), [
    "no-ra net1",
    "up net1",
    "address net1 10.1.0.7/24",
    "ipv6 net2",
    "up net2",
    "address net2 10.2.0.7/24",
    "address net2 fd00:2::7/64",
    "no-ra net3",
    "up net3",
    "address net3 10.3.0.7/24",
    "address net3 10.3.0.8/24",
    "route-add 172.30.0.0/16 254 0 net3 10.3.0.254",
    "route-add 172.31.0.0/16 254 0 net3 -",
    "route-add 0.0.0.0/0 254 0 net2 10.2.0.1",
    "route-add ::/0 254 0 net2 fd00:2::1",
  ]);
});

test("checksums are complete before an interface comes up, where they are asked for", () => {
  const lines = podCommands(interfaces.slice(0, 1), { bypassCidrs: [], inUserSpace: true }, emptyNetworkState);
  assert.deepEqual(lines.slice(0, 3), ["no-ra net1", "checksums net1", "up net1"]);
});

test("IPv6 is off before the interface of a guest comes up, so that it has no address of the guest's MAC", () => {
  const [first] = interfaces;
  assert.ok(first);
  const guest = { ...first, addresses: [], guestAddresses: first.addresses, routes: [] };
  const lines = podCommands([guest], { bypassCidrs: [], inUserSpace: false }, emptyNetworkState);
  assert.deepEqual(lines, ["no-ipv6 net1", "up net1"]);
});

test("IPv6 is off before a sink comes up, so that advertisements that a watched pod sends change nothing in its pod", () => {
  const [first] = sampleResults;
  assert.ok(first);
  const sink = podInterfaces("abc", [{ ...first, ip_address: [], gateway_ip: [], tap: true }], 1400);
  const lines = podCommands(sink, { bypassCidrs: [], inUserSpace: false }, emptyNetworkState);
  assert.deepEqual(lines, ["no-ipv6 net1", "up net1"]);
});

test("a pair is born with its names, MAC and MTU", () => {
  assert.deepEqual(pairCommands(podInterfaces("abc", sampleResults, 1400)).slice(0, 2), [
    `pair ${hostVethName("abc", "net1")} net1 0a:58:0a:01:00:07 1400`,
    `pair ${hostVethName("abc", "net2")} net2 0a:58:0a:02:00:07 1300`,
  ]);
});
