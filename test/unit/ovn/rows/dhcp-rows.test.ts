import assert from "node:assert/strict";
import { test } from "node:test";
import { advertisedTo, dhcpRows, guestMtu } from "#src/ovn/rows/dhcp-rows.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

const ipv4 = { cidr: cidr("10.1.0.0/24"), gateway: ip("10.1.0.1") };
const network = { uid: "u1", dhcp: true, subnets: [ipv4], routes: [], mtu: undefined };
const optionsOf = (changed: Partial<Parameters<typeof dhcpRows>[0]>) =>
  dhcpRows({ ...network, ...changed })[0]?.maps?.["options"] ?? {};

test("a network without dhcp has no row, and its router advertises nothing", () => {
  assert.deepEqual(dhcpRows({ ...network, dhcp: false }), []);
  const said = advertisedTo({ ...network, dhcp: false, subnets: [{ cidr: cidr("fd10::/64"), gateway: undefined }] });
  assert.deepEqual(new Set(Object.values(said ?? { none: 1 })), new Set([undefined]), "keys of ours go again");
  assert.equal(advertisedTo(network), undefined, "nothing of IPv6 is ours there");
});

test("a guest is told an MTU that fits, also where the network says none", () => {
  assert.equal(optionsOf({})["mtu"], guestMtu.toString());
  assert.equal(optionsOf({ mtu: 9_000 })["mtu"], "9000");
});

test("a route that no hop of the subnet carries is left out, and with any other the default route stands beside it", () => {
  const route = (dst: string, gateway: string | undefined) => ({ dst: cidr(dst), gateway: gateway && ip(gateway) });
  const routes = [route("192.0.2.0/24", undefined), route("198.51.100.0/24", "10.9.0.1")].map((one) => ({
    ...one,
    gateway: one.gateway === "" ? undefined : one.gateway,
  }));
  assert.equal(optionsOf({ routes })["classless_static_route"], "{192.0.2.0/24,10.1.0.1, 0.0.0.0/0,10.1.0.1}");
  assert.equal(optionsOf({ routes: routes.slice(1) })["classless_static_route"], undefined);
});

test("a domain is no more than a text for OVN, whatever its owner writes into it", () => {
  const domain = 'x"); drop; (';
  assert.equal(optionsOf({ dns: { domain } })["domain_name"], JSON.stringify(domain));
});
