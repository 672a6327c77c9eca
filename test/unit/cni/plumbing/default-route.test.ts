import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouteCommands } from "#cni/plumbing/default-route.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import type { KernelRoute } from "#cni/plumbing/route-command.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const interfaces = podInterfaces("abc", sampleResults, 1400);
const flannel: KernelRoute = { to: "0.0.0.0/0", hops: [{ device: "eth0", gateway: "10.244.1.1" }] };

test("pods, services and the node stay behind the old gateway, each range by its family (the predecessor joined them)", () => {
  const kept = ["10.244.0.0/16", "10.96.0.0/12", "fd00:10:96::/112", "192.0.2.10/32"];
  assert.deepEqual(defaultRouteCommands(interfaces, [flannel], kept), [
    "route-replace 10.244.0.0/16 254 1024 eth0 10.244.1.1",
    "route-replace 10.96.0.0/12 254 1024 eth0 10.244.1.1",
    "route-replace 192.0.2.10/32 254 1024 eth0 10.244.1.1",
    "route-del 0.0.0.0/0 254 0 eth0 10.244.1.1",
    "route-add 0.0.0.0/0 254 0 net2 10.2.0.1",
    "route-add ::/0 254 0 net2 fd00:2::1",
  ]);
});

test("a pod whose interfaces ask for no default route keeps what it has", () => {
  assert.deepEqual(defaultRouteCommands(interfaces.slice(0, 1), [flannel], ["10.96.0.0/12"]), []);
});

test("a family that is not asked for is left alone", () => {
  const old: KernelRoute = { to: "::/0", hops: [{ device: "eth0", gateway: "fd00::1" }], metric: 1024 };
  const onlyIpv4 = [{ ...interfaces[1], defaultGateways: ["10.2.0.1"] }] as typeof interfaces;
  assert.deepEqual(defaultRouteCommands(onlyIpv4, [old], ["fd00:10:96::/112"]), [
    "route-add 0.0.0.0/0 254 0 net2 10.2.0.1",
  ]);
});

test("several old default routes all go, with their metrics", () => {
  const second = { to: "0.0.0.0/0", hops: [{ device: "eth1" }], metric: 200 };
  const lines = defaultRouteCommands(interfaces, [flannel, second], []);
  assert.deepEqual(lines.slice(0, 2), [
    "route-del 0.0.0.0/0 254 0 eth0 10.244.1.1",
    "route-del 0.0.0.0/0 254 200 eth1 -",
  ]);
});

test("several gateways of a family are next hops of one route", () => {
  const two = [{ ...interfaces[1], defaultGateways: ["10.2.0.1", "10.2.0.2"] }] as typeof interfaces;
  assert.deepEqual(defaultRouteCommands(two, [], []), ["route-add 0.0.0.0/0 254 0 net2 10.2.0.1 net2 10.2.0.2"]);
});

test("an old default route with several next hops goes as a whole, and its first one carries the bypass CIDRs", () => {
  const hops = ["10.244.1.1", "10.244.1.2"].map((gateway) => ({ device: "eth0", gateway }));
  const lines = defaultRouteCommands(interfaces, [{ to: "0.0.0.0/0", hops }], ["10.96.0.0/12"]);
  assert.deepEqual(lines.slice(0, 2), [
    "route-replace 10.96.0.0/12 254 1024 eth0 10.244.1.1",
    "route-del 0.0.0.0/0 254 0 eth0 10.244.1.1 eth0 10.244.1.2",
  ]);
});

test("other routes, and a default route without a next hop, are not touched", () => {
  const others: readonly KernelRoute[] = [
    { to: "0.0.0.0/0", hops: [] },
    { to: "10.244.0.0/16", hops: [{ device: "eth0" }] },
  ];
  assert.deepEqual(
    defaultRouteCommands(interfaces, others, ["10.96.0.0/12"]),
    defaultRouteCommands(interfaces, [], []),
  );
});
