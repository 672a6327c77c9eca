import assert from "node:assert/strict";
import { it } from "node:test";
import { type InterfaceResult, parseResult, readableResult, printResult, resultAddresses } from "#src/api/result.ts";
import { printIp } from "#src/net/ip.ts";
import { refused } from "#test/assertions/refused.ts";

const least: InterfaceResult = {
  ip_address: ["10.1.0.7/24", "fd00:1::7/64"],
  mac_address: "0a:58:0a:01:00:07",
  gateway_ip: ["10.1.0.1", "fd00:1::1"],
  defaultGateway: "true",
  interface: "net1",
  network: "blue",
  port: "01JD3Z8K2M7Q4V9W5X6Y7ZABCD-net1",
};
const full: InterfaceResult = {
  ...least,
  mtu: 1400,
  routes: [{ dst: "172.16.29.0/24", gw: "10.1.0.9" }, { dst: "fd00:29::/64" }],
  dns: { nameservers: ["10.1.0.53"], domain: "example.org", search: ["a.example.org"], options: ["ndots:2"] },
};
const claiming: InterfaceResult = {
  ...least,
  claim: "db-0.blue.net1",
  claim_network: "blue",
  sticky: { set: "db", uid: "u", when_scaled: "Retain" },
};

it("Nodus' five fields come first, then ours", () => {
  assert.equal(
    printResult([full]),
    '[{"ip_address":["10.1.0.7/24","fd00:1::7/64"],"mac_address":"0a:58:0a:01:00:07","gateway_ip":["10.1.0.1","fd00:1::1"],' +
      '"defaultGateway":"true","interface":"net1","network":"blue","port":"01JD3Z8K2M7Q4V9W5X6Y7ZABCD-net1","mtu":1400,' +
      '"routes":[{"dst":"172.16.29.0/24","gw":"10.1.0.9"},{"dst":"fd00:29::/64"}],' +
      '"dns":{"nameservers":["10.1.0.53"],"domain":"example.org","search":["a.example.org"],"options":["ndots:2"]}}]',
  );
});

it("a printed result is read back as it was", () => {
  assert.deepEqual(parseResult(printResult([full, least, claiming])), [full, least, claiming]);
});

it("the result of the largest request is read, although it is longer than a request may be", () => {
  const routes = Array.from({ length: 64 }, (_, n) => ({ dst: `10.200.${n}.0/24`, gw: "10.1.0.9" }));
  const all = Array.from({ length: 32 }, (_, n) => ({
    ...least,
    interface: `net${n}`,
    port: `${least.port}${n}`,
    routes,
  }));
  const text = printResult(all);
  assert.ok(text.length > 65_536);
  assert.deepEqual(parseResult(text), all);
  assert.match(refused(() => parseResult(`[${" ".repeat(262_144)}]`)).reason, /more than 262144 characters/);
});

it("equal results give equal texts, whatever the order of their keys", () => {
  const dns = Object.fromEntries(Object.entries(full.dns ?? {}).reverse());
  const shuffled = Object.fromEntries(Object.entries({ ...full, dns }).reverse()) as unknown as InterfaceResult;
  assert.equal(printResult([shuffled]), printResult([full]));
});

it("empty extras are left out, an empty list of gateways is not", () => {
  const text = printResult([{ ...least, gateway_ip: [], mtu: undefined, routes: [], dns: { domain: "", search: [] } }]);
  assert.doesNotMatch(text, /mtu|routes|dns/);
  assert.match(text, /"gateway_ip":\[\]/);
});

it("an interface on a wire may have a MAC address only, and says which wire it is", () => {
  const wired = { ...full, ip_address: [], gateway_ip: [], wire: "ovn4nfv-eth1" };
  assert.deepEqual(parseResult(printResult([wired])), [wired]);
});

it("an interface says whether it was plugged, and whether it leaves", () => {
  const changed = { ...full, plugged: true, leaving: true } as const;
  assert.match(printResult([changed]), /"plugged":true,"leaving":true}]$/);
  assert.deepEqual(parseResult(printResult([changed])), [changed]);
});

it("fields of a later version are passed over", () => {
  const dns = { ...full.dns, more: 1 };
  const later = { ...full, dns, routes: full.routes?.map((route) => ({ ...route, more: 1 })), more: 1 };
  assert.deepEqual(parseResult(JSON.stringify([later])), [full]);
});

it("whatever printResult does not write is refused, at the place where it stands", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ ip_address: ["10.1.0.7"] }, "[0].ip_address[0]"],
    [{ ip_address: "10.1.0.7/24" }, "[0].ip_address"],
    [{ mac_address: "0A:58:0A:01:00:07" }, "[0].mac_address"],
    [{ mac_address: "01:00:5e:00:00:01" }, "[0].mac_address"],
    [{ gateway_ip: ["10.1.0.1/24"] }, "[0].gateway_ip[0]"],
    [{ defaultGateway: true }, "[0].defaultGateway"],
    [{ interface: "net1; reboot" }, "[0].interface"],
    [{ interface: "*" }, "[0].interface"],
    [{ port: "" }, "[0].port"],
    [{ port: undefined }, "[0].port"],
    [{ mtu: "1400" }, "[0].mtu"],
    [{ mtu: 1 }, "[0].mtu"],
    [{ routes: [] }, "[0].routes"],
    [{ dns: { search: [] } }, "[0].dns.search"],
    [{ dns: { nameservers: "10.1.0.53" } }, "[0].dns.nameservers"],
    [{ routes: [{ dst: "x" }] }, "[0].routes[0].dst"],
  ];
  for (const [fields, place] of wrong) {
    const { code, field } = refused(() => parseResult(JSON.stringify([{ ...full, ...fields }])));
    assert.deepEqual([code, field], ["Malformed", `k8s.plugin.opnfv.org/ovnInterfaces: ${place}`]);
  }
  for (const text of ["", "{}", "[1]", "null"]) assert.equal(refused(() => parseResult(text)).code, "Malformed");
});

it("a result of Nodus, which names neither network nor port, is not read", () => {
  const nodus =
    '[{"ip_address":["172.17.0.2/16"],"mac_address":"7a:99:83:11:00:03","gateway_ip":["10.151.128.2"],' +
    '"defaultGateway":"false","interface":"net0"}]';
  assert.equal(refused(() => parseResult(nodus)).field, "k8s.plugin.opnfv.org/ovnInterfaces: [0].network");
});

it("a result that nobody can read is told apart from an empty one", () => {
  assert.deepEqual(["[]", "", "{}"].map(readableResult), [[], undefined, undefined]);
});

it("the addresses of a result are read as values, unless it is none that the webhook wrote", () => {
  const held = resultAddresses(least);
  assert.deepEqual([held?.mac, held?.ips.map(printIp)], ["0a:58:0a:01:00:07", ["10.1.0.7", "fd00:1::7"]]);
  assert.equal(resultAddresses({ ...least, mac_address: "none" }), undefined);
  assert.equal(resultAddresses({ ...least, ip_address: ["none"] }), undefined);
});
