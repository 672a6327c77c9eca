import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { AppError } from "#src/core/errors.ts";
import { printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { printRange } from "#src/net/range.ts";

const network = (spec: object) => ({
  metadata: { name: "blue", namespace: "telco", uid: "u1" },
  spec: { cniType: "ovn4nfv", ...spec },
});

const one = (subnet: object) => network({ ipv4Subnets: [{ name: "s", subnet: "10.1.0.0/24", ...subnet }] });

const routed = (...routes: readonly object[]) => network({ ipv4Subnets: [{ subnet: "10.1.0.0/24" }], routes });

test("the gateway is the first host unless one is written, with or without a mask", () => {
  const gatewayOf = (more: object) => parseNetwork(one(more)).subnets.map(({ gateway }) => gateway && printIp(gateway));
  assert.deepEqual(gatewayOf({}), ["10.1.0.1"]);
  assert.deepEqual(gatewayOf({ gateway: "" }), ["10.1.0.1"]);
  assert.deepEqual(gatewayOf({ gateway: "10.1.0.9" }), ["10.1.0.9"]);
  assert.deepEqual(gatewayOf({ gateway: "10.1.0.254/24" }), ["10.1.0.254"]);
});

test("an isolated or adopted network has no gateway unless one is written", () => {
  const subnets = [{ subnet: "10.1.0.0/24" }];
  for (const flag of ["isolated", "adopt"]) {
    const config = parseNetwork(network({ ipv4Subnets: subnets, [flag]: true }));
    assert.equal(config.routed, false);
    assert.equal(config.subnets[0]?.gateway, undefined);
  }
});

test("all subnets of both families are taken, not only the first of each", () => {
  const { subnets } = parseNetwork(
    network({
      ipv4Subnets: [{ subnet: "10.1.0.0/24" }, { subnet: "10.2.0.5/24" }],
      ipv6Subnets: [{ subnet: "fd10::/64" }],
    }),
  );
  assert.deepEqual(
    subnets.map(({ cidr, gateway }) => [printCidr(cidr), gateway && printIp(gateway)]),
    [
      ["10.1.0.0/24", "10.1.0.1"],
      ["10.2.0.0/24", "10.2.0.1"],
      ["fd10::/64", "fd10::1"],
    ],
  );
});

test("a route may lead to one of several subnets of a family, for the interfaces in the others", () => {
  const ipv4Subnets = [{ subnet: "10.1.0.0/24" }, { subnet: "10.2.0.0/24" }];
  const { routes } = parseNetwork(network({ ipv4Subnets, routes: [{ dst: "10.2.0.0/24", gw: "10.1.0.1" }] }));
  assert.deepEqual(
    routes.map(({ dst }) => printCidr(dst)),
    ["10.2.0.0/24"],
  );
});

test("reachableFrom closes a network to all others but those that it names, and is of no use where there is no router", () => {
  const subnets = { ipv4Subnets: [{ subnet: "10.1.0.0/24" }] };
  const reach = (spec: object) => parseNetwork(network({ ...subnets, ...spec })).reachableFrom;
  assert.equal(reach({}), undefined);
  assert.deepEqual(reach({ reachableFrom: {} }), { networks: [], namespaces: [] });
  assert.deepEqual(reach({ reachableFrom: { networks: ["hall"] } }), { networks: ["hall"], namespaces: [] });
  assert.throws(() => reach({ reachableFrom: {}, isolated: true }), /spec.reachableFrom/);
  const stored = { networks: ['"} || ip4 || ip6 //', "Hall", "hall"], namespaces: ["a b", "shop"] };
  const names = { networks: ["hall"], namespaces: ["shop"] };
  assert.deepEqual(reach({ reachableFrom: stored }), names, "what is no name names nobody");
});

test("excluded addresses are read as OVN writes them, and as prefixes", () => {
  const { excluded } = parseNetwork(one({ excludeIps: "10.1.0.2 10.1.0.10..10.1.0.20, 10.1.0.64/30" }));
  assert.deepEqual(excluded.map(printRange), ["10.1.0.2", "10.1.0.10..10.1.0.20", "10.1.0.64..10.1.0.67"]);
});

test("without allowedNamespaces everybody is admitted, with an empty one nobody", () => {
  assert.equal(parseNetwork(one({})).allowed, "*");
  const none = parseNetwork(network({ ipv4Subnets: [{ subnet: "10.1.0.0/24" }], allowedNamespaces: {} }));
  assert.deepEqual(none.allowed, { names: [], selector: undefined });
});

const refused: readonly (readonly [string, object, RegExp])[] = [
  ["a gateway that is no address", one({ gateway: "zzz" }), /^Malformed: spec.ipv4Subnets\[0\].gateway "zzz"/],
  [
    "a gateway outside",
    one({ gateway: "10.9.0.1" }),
    /^AddressOutOfRange: .*\.gateway "10.9.0.1" is outside 10.1.0.0\/24/,
  ],
  ["excluded words", one({ excludeIps: "10.1.0.2 abc" }), /excludeIps "abc" cannot be read/],
  ["a subnet that is none", one({ subnet: "10.1.0.0" }), /subnet "10.1.0.0" cannot be read/],
  ["every address there is", one({ subnet: "0.0.0.0/0" }), /subnet "0.0.0.0\/0" holds every address/],
  ["a subnet for multicast", one({ subnet: "224.1.0.0/24" }), /subnet "224.1.0.0\/24" has multicast addresses/],
  ["an IPv6 subnet in the IPv4 list", one({ subnet: "fd10::/64" }), /is not an IPv4 prefix/],
  [
    "overlapping subnets of its own",
    network({ ipv4Subnets: [{ subnet: "10.1.0.0/24" }, { subnet: "10.1.0.128/25" }] }),
    /ipv4Subnets\[1\].subnet "10.1.0.128\/25" overlaps spec.ipv4Subnets\[0\]/,
  ],
  ["no subnet at all", network({}), /^Malformed: spec has no subnet/],
  [
    "an MTU below what IPv6 needs",
    network({ ipv4Subnets: [{ subnet: "10.1.0.0/24" }], ipv6Subnets: [{ subnet: "fd10::/64" }], mtu: 1279 }),
    /^Malformed: spec.mtu 1279 is less than the 1280 bytes that IPv6 needs/,
  ],
  ["another CNI type", { ...one({}), spec: { cniType: "x" } }, /^Malformed: spec.cniType/],
  [
    "a route whose gateway is elsewhere",
    network({ ipv4Subnets: [{ subnet: "10.1.0.0/24" }], routes: [{ dst: "192.0.2.0/24", gw: "10.9.0.1" }] }),
    /^RouteInvalid: spec.routes\[0\].gw "10.9.0.1" cannot be reached/,
  ],
  [
    "a route of a family that has no gateway",
    network({ ipv4Subnets: [{ subnet: "10.1.0.0/24" }], routes: [{ dst: "2001:db8::/32" }] }),
    /^RouteInvalid: .*there is no IPv6 gateway/,
  ],
  [
    "the default route",
    routed({ dst: "0.0.0.0/0" }),
    /^RouteInvalid: spec.routes\[0\].dst "0.0.0.0\/0" is the default/,
  ],
  [
    "a route to its only subnet",
    routed({ dst: "10.1.0.7/24" }),
    /^RouteInvalid: .*\.dst "10.1.0.7\/24" is the subnet of spec.ipv4Subnets\[0\]/,
  ],
  [
    "a second route to one destination",
    routed({ dst: "192.0.2.0/24" }, { dst: "192.0.2.9/24", gw: "10.1.0.9" }),
    /^RouteInvalid: spec.routes\[1\].dst .* is the destination of spec.routes\[0\] as well/,
  ],
];

for (const [title, object, message] of refused) {
  test(`${title} is refused with its field`, () => {
    assert.throws(
      () => parseNetwork(object),
      (error) => error instanceof AppError && message.test(error.message),
    );
  });
}
