import assert from "node:assert/strict";
import { test } from "node:test";
import { printCidr } from "#src/net/cidr.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import { printRange } from "#src/net/range.ts";
import { externalId, type ExternalIdName } from "#src/ovn/external-ids.ts";
import type { Network } from "#src/ovn/network.ts";
import { networkFromSwitch } from "#src/ovn/switches/network-from-switch.ts";

interface Settings {
  readonly ours?: Partial<Record<ExternalIdName, string>>;
  readonly ids?: Record<string, string>;
  readonly config?: Record<string, string>;
  readonly router?: readonly string[];
}

function networkOf({ ours = {}, ids = {}, config = {}, router = [] }: Settings): Network {
  const named = Object.entries(ours).map(([name, value]) => [externalId(name as ExternalIdName), value] as const);
  const row = {
    name: "blue",
    other_config: new Map(Object.entries(config)),
    external_ids: new Map([...Object.entries(ids), ...named]),
  };
  const addresses = router.map((text) => parseIp(text)).filter((ip) => ip !== undefined);
  return networkFromSwitch("uuid", row, addresses);
}

function subnetsOf(settings: Settings): string[] {
  return networkOf(settings).subnets.map(({ cidr, gateway, excluded }) => {
    return [printCidr(cidr), gateway === undefined ? "-" : printIp(gateway), ...excluded.map(printRange)].join(" ");
  });
}

test("OVN's own subnet and ipv6_prefix make a network, with the first host kept for a router", () => {
  const config = { subnet: "10.1.0.0/24", ipv6_prefix: "fd01::", exclude_ips: "10.1.0.5..10.1.0.9" };
  assert.deepEqual(subnetsOf({ config }), [
    "10.1.0.0/24 - 10.1.0.5..10.1.0.9 10.1.0.1",
    "fd01::/64 - 10.1.0.5..10.1.0.9 fd01::1",
  ]);
});

test("northd takes ipv6_prefix as a /64 whatever length is written behind it", () => {
  assert.match(subnetsOf({ config: { ipv6_prefix: "fd01::/48" } })[0] ?? "", /^fd01::\/64 /);
});

test("our own ranges win over other_config, several and of both families", () => {
  const ours = { subnets: "10.2.0.0/24, 10.3.0.0/24,fd02::/120", gateways: "10.2.0.254 fd02::9" } as const;
  assert.deepEqual(subnetsOf({ ours, config: { subnet: "10.1.0.0/24" } }), [
    "10.2.0.0/24 10.2.0.254",
    "10.3.0.0/24 - 10.3.0.1",
    "fd02::/120 fd02::9",
  ]);
});

test("the port of an Uplink on a wire is not the gateway of the pods there", () => {
  const ours = { subnets: "10.1.0.0/24", "physical-network": "ovn4nfv-eth1" };
  assert.deepEqual(subnetsOf({ ours, router: ["10.1.0.3"] }), ["10.1.0.0/24 - 10.1.0.1"]);
});

test("the gateway comes from our key, else from Nodus' with its mask, else from a router port", () => {
  const config = { subnet: "10.1.0.0/24" };
  const ids = { gateway_ip: "10.1.0.2/24" };
  const router = ["10.1.0.3"];
  assert.deepEqual(subnetsOf({ config, ids, router, ours: { gateways: "10.1.0.4" } }), ["10.1.0.0/24 10.1.0.4"]);
  assert.deepEqual(subnetsOf({ config, ids, router }), ["10.1.0.0/24 10.1.0.2"]);
  assert.deepEqual(subnetsOf({ config, router }), ["10.1.0.0/24 10.1.0.3"]);
});

test("namespaces are a list or all, and none when there is no key", () => {
  const allowed = (text: string) => networkOf({ ours: { "allowed-namespaces": text } }).allowedNamespaces;
  assert.deepEqual(allowed("a, b"), new Set(["a", "b"]));
  assert.equal(allowed("a,*"), "*");
  assert.deepEqual(networkOf({}).allowedNamespaces, new Set());
});

const wrong: readonly [Settings, RegExp][] = [
  [{}, /has no subnet/],
  [{ ours: { subnets: "10.1.0.0" } }, /subnets="10\.1\.0\.0", which is not a CIDR/],
  [{ config: { subnet: "fd00::/64x" } }, /other_config:subnet=/],
  [{ config: { subnet: "10.1.0.0/24", exclude_ips: "10.1.0.2 abc" } }, /exclude_ips="abc"/],
  [{ config: { subnet: "10.1.0.0/24" }, ours: { gateways: "zzz" } }, /gateways="zzz", which is not an address/],
  [
    { config: { subnet: "10.1.0.0/24" }, ours: { gateways: "10.9.0.1" } },
    /10\.9\.0\.1, which is in none of its subnets/,
  ],
  [{ config: { subnet: "10.1.0.0/24" }, ours: { mtu: "12" } }, /mtu="12"/],
];

test("a prefix whose addresses no host can have is a wrong setting", () => {
  const { problem, subnets } = networkFromSwitch(
    "u",
    { name: "s", other_config: new Map([["subnet", "127.0.0.0/16"]]), external_ids: new Map() },
    [],
  );
  assert.match(problem ?? "", /other_config:subnet the prefix 127\.0\.0\.0\/16, which has loopback addresses/);
  assert.deepEqual(subnets, []);
});

test("a wrong setting never throws: it becomes a problem that names key and value", () => {
  for (const [settings, expected] of wrong) {
    const network = networkOf(settings);
    assert.match(network.problem ?? "", expected);
    assert.deepEqual(network.subnets, []);
  }
});

test("the switch of a ProviderNetwork names its wire, and may hand out MAC addresses only", () => {
  const { physicalNetwork, problem, subnets } = networkOf({ ours: { "physical-network": "lan", subnets: "none" } });
  assert.deepEqual([physicalNetwork, problem, subnets], ["lan", undefined, []]);
  assert.equal(networkOf({ ours: { subnets: "10.1.0.0/24" } }).physicalNetwork, undefined);
});
