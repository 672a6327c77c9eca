import assert from "node:assert/strict";
import { test } from "node:test";
import { type DefaultRoute, defaultRouteLines, parseDefaultRoutes } from "#cni/plumbing/default-route.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sampleResults } from "./sample-interfaces.ts";

const interfaces = podInterfaces("abc", sampleResults, 1400);
const flannel: DefaultRoute = { family: 4, gateway: "10.244.1.1", device: "eth0", metric: undefined };

test("pods, services and the node stay behind the old gateway, each range by its family (the predecessor joined them)", () => {
  const kept = ["10.244.0.0/16", "10.96.0.0/12", "fd00:10:96::/112", "192.0.2.10/32"];
  assert.deepEqual(defaultRouteLines(interfaces, [flannel], kept), [
    "route replace 10.244.0.0/16 via 10.244.1.1 dev eth0 metric 1024",
    "route replace 10.96.0.0/12 via 10.244.1.1 dev eth0 metric 1024",
    "route replace 192.0.2.10/32 via 10.244.1.1 dev eth0 metric 1024",
    "route del default via 10.244.1.1 dev eth0",
    "route add default nexthop via 10.2.0.1 dev net2",
    "route add default nexthop via fd00:2::1 dev net2",
  ]);
});

test("a pod whose interfaces ask for no default route keeps what it has", () => {
  assert.deepEqual(defaultRouteLines(interfaces.slice(0, 1), [flannel], ["10.96.0.0/12"]), []);
});

test("a family that is not asked for is left alone", () => {
  const old: DefaultRoute = { family: 6, gateway: "fd00::1", device: "eth0", metric: 1024 };
  const onlyIpv4 = [{ ...interfaces[1], defaultGateways: ["10.2.0.1"] }] as typeof interfaces;
  assert.deepEqual(defaultRouteLines(onlyIpv4, [old], ["fd00:10:96::/112"]), [
    "route add default nexthop via 10.2.0.1 dev net2",
  ]);
});

test("several old default routes all go, with their metrics", () => {
  const second = { ...flannel, gateway: undefined, device: "eth1", metric: 200 };
  const lines = defaultRouteLines(interfaces, [flannel, second], []);
  assert.deepEqual(lines.slice(0, 2), [
    "route del default via 10.244.1.1 dev eth0",
    "route del default dev eth1 metric 200",
  ]);
});

test("several gateways of a family are next hops of one route", () => {
  const two = [{ ...interfaces[1], defaultGateways: ["10.2.0.1", "10.2.0.2"] }] as typeof interfaces;
  assert.deepEqual(defaultRouteLines(two, [], []), [
    "route add default nexthop via 10.2.0.1 dev net2 nexthop via 10.2.0.2 dev net2",
  ]);
});

test("the listing of ip is read with one next hop, several, or none", () => {
  const text = JSON.stringify([
    { dst: "default", gateway: "10.244.1.1", dev: "eth0", flags: [] },
    {
      dst: "default",
      metric: 1024,
      nexthops: [
        { gateway: "10.1.0.1", dev: "net1", weight: 1 },
        { gateway: "10.1.0.2", dev: "net1" },
      ],
    },
    { type: "unreachable", dst: "default", metric: 4278198272, flags: [] },
  ]);
  assert.deepEqual(parseDefaultRoutes(text, 4), [
    flannel,
    { family: 4, gateway: "10.1.0.1", device: "net1", metric: 1024 },
  ]);
  assert.deepEqual(parseDefaultRoutes("", 6), []);
});

test("anything else than a listing is an error of the program", () => {
  assert.throws(() => parseDefaultRoutes('Object "route" is unknown', 4), { code: "CommandFailed" });
  assert.throws(() => parseDefaultRoutes("{}", 4), { code: "CommandFailed" });
});
