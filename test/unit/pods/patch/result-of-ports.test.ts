import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "#src/net/ip.ts";
import { ipOf, macOf } from "#test/fixtures/ipam/nb-fixture.ts";
import { ownerValue } from "#src/ovn/external-ids.ts";
import { floatingGatewayOf } from "#src/ovn/floating/floating-gateway.ts";
import { resultOfPorts } from "#src/pods/patch/result-of-ports.ts";
import { interfacesOf, networkOf } from "#test/fixtures/pods/pod-interfaces.ts";

function planned(network: ReturnType<typeof networkOf>, ...texts: readonly [string, number][]) {
  const request = { field: "f", network: network.name, interfaceName: "net1", addresses: [], mac: undefined };
  const addresses = texts.map(([text, prefixLength]) => {
    return { ip: parseIp(text) ?? { family: 4 as const, value: 0n }, prefixLength, requested: false };
  });
  return { request, network, mac: macOf("0a:58:0a:01:00:05"), addresses };
}

test("the result has Nodus' five fields and ours", () => {
  const dns = '{"nameservers":["10.1.0.53"],"search":["example.org"]}';
  const network = networkOf("blue", { subnets: "10.1.0.0/24,fd01::/64", gateways: "10.1.0.1", mtu: "1400", dns });
  const [asked] = interfacesOf({ name: "blue", defaultGateway: "true", routes: [{ dst: "192.0.2.0/24" }] });
  assert.ok(asked);
  const port = planned(network, ["10.1.0.5", 24], ["fd01::5", 64]);
  assert.deepEqual(resultOfPorts([asked], "01A", [port])[0], {
    ip_address: ["10.1.0.5/24", "fd01::5/64"],
    mac_address: "0a:58:0a:01:00:05",
    gateway_ip: ["10.1.0.1"],
    defaultGateway: "true",
    interface: "net1",
    network: "blue",
    port: "01A-net1",
    mtu: 1400,
    routes: [{ dst: "192.0.2.0/24", gw: "10.1.0.1" }],
    dns: { nameservers: ["10.1.0.53"], search: ["example.org"] },
  });
});

test("what the network does not say is left out", () => {
  const network = networkOf("bare", { subnets: "10.2.0.0/24" });
  const [asked] = interfacesOf({ name: "bare" });
  assert.ok(asked);
  const [result] = resultOfPorts([asked], "01A", [planned(network, ["10.2.0.5", 24])]);
  assert.ok(result);
  assert.deepEqual(result.gateway_ip, []);
  assert.ok(!("mtu" in result) && !("routes" in result) && !("dns" in result));
});

test("the gateway is that of the subnet in which the address was chosen", () => {
  const network = networkOf("two", { subnets: "10.1.0.0/24,10.2.0.0/24", gateways: "10.1.0.1,10.2.0.1" });
  const [asked] = interfacesOf({ name: "two", routes: [{ dst: "192.0.2.0/24" }] });
  assert.ok(asked);
  const [result] = resultOfPorts([asked], "01A", [planned(network, ["10.2.0.5", 24])]);
  assert.deepEqual(result?.gateway_ip, ["10.2.0.1"]);
  assert.deepEqual(result.routes, [
    { dst: "10.1.0.0/24", gw: "10.2.0.1" },
    { dst: "192.0.2.0/24", gw: "10.2.0.1" },
  ]);
});

test("an interface that only receives has no address, gateway, route or names of its network, and says so", () => {
  const dns = '{"nameservers":["10.1.0.53"]}';
  const routes = '[{"dst":"192.0.2.0/24"}]';
  const network = networkOf("blue", { subnets: "10.1.0.0/24", gateways: "10.1.0.1", dns, routes });
  const [asked] = interfacesOf({ name: "blue", tap: "true" });
  assert.ok(asked);
  assert.deepEqual(resultOfPorts([asked], "01A", [planned(network)])[0], {
    ip_address: [],
    mac_address: "0a:58:0a:01:00:05",
    gateway_ip: [],
    defaultGateway: "false",
    interface: "net1",
    network: "blue",
    port: "01A-net1",
    tap: true,
  });
});

test("an address outside that works from the node of the pod comes with its MAC and the network on whose wire it is", () => {
  const [asked] = interfacesOf({ name: "blue", externalIp: "auto", distributed: "true" });
  const gateway = floatingGatewayOf("r", { external_ids: withIds({ uplink: "west", "provider-network": "wan" }) });
  assert.ok(asked && gateway);
  const network = networkOf("blue", { subnets: "10.1.0.0/24" });
  const [externalIp, logicalIp] = [ipOf("198.51.100.20"), ipOf("10.1.0.5")];
  const outside = (distributed: boolean) => {
    const floating = { gateway, externalIp, logicalIp, distributed, requested: false };
    const [result] = resultOfPorts([asked], "01A", [{ ...planned(network, ["10.1.0.5", 24]), floating }]);
    assert.ok(result);
    const { external_ip, uplink, external_mac, external_network } = result;
    return { external_ip, uplink, external_mac, external_network };
  };
  const byGateway = {
    external_ip: "198.51.100.20",
    uplink: "west",
    external_mac: undefined,
    external_network: undefined,
  };
  assert.deepEqual(outside(false), byGateway);
  const onNode = { external_mac: "0a:58:c6:33:64:14", external_network: "wan" };
  assert.deepEqual(outside(true), { ...byGateway, ...onNode });
});

const withIds = (settings: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({ owner: ownerValue, ...settings }).map(([key, value]) => [`k8s.plugin.opnfv.org/${key}`, value]),
  );

test("a port with a claim says what the claim is for, and for which replica it is made", () => {
  const network = networkOf("blue", { subnets: "10.1.0.0/24" });
  const [asked] = interfacesOf({ name: "blue" });
  assert.ok(asked);
  const port = planned(network, ["10.1.0.5", 24]);
  const claim = { claim: { cluster: "c", namespace: "default", name: "db-0" }, kept: undefined, isFresh: true };
  const sticky = { set: "db", uid: "u", network: "blue-net", interface: "net1", whenScaled: "Delete" } as const;
  const told = (more: object) => {
    const request = {
      ...port.request,
      claim: { field: "f", name: "db-0", network: "blue-net", addresses: [], ...more },
    };
    const [result] = resultOfPorts([asked], "01A", [{ ...port, request, claim }]);
    return [result?.claim, result?.claim_network, result?.sticky];
  };
  assert.deepEqual(told({}), ["db-0", "blue-net", undefined]);
  assert.deepEqual(told({ sticky }), ["db-0", "blue-net", { set: "db", uid: "u", when_scaled: "Delete" }]);
});
