import assert from "node:assert/strict";
import { it } from "node:test";
import { interfaceSchema, parseInterface } from "#src/api/request/interface-request.ts";
import type { JsonValue } from "#src/api/text/json-value.ts";
import { fieldHelp } from "#src/api/text/object-fields.ts";
import { printIp } from "#src/net/ip.ts";
import { refused } from "#test/assertions/refused.ts";

const parse = (element: JsonValue, warnings: string[] = []) => parseInterface(element, "f: [0]", warnings);

it("an interface needs no more than a network", () => {
  assert.deepEqual(parse({ name: "blue" }), {
    field: "f: [0]",
    network: "blue",
    interfaceName: undefined,
    addresses: [],
    mac: undefined,
    defaultGateway: false,
    gateways: [],
    routes: [],
  });
});

it("a MAC is honoured without an address, and read in any case", () => {
  assert.equal(parse({ name: "blue", macAddress: "0A:58:00:00:00:01" }).mac, "0a:58:00:00:00:01");
});

it("a MAC of a group, or with only zeros, is refused", () => {
  for (const macAddress of ["01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "0a:58"]) {
    assert.equal(refused(() => parse({ name: "blue", macAddress })).field, "f: [0].macAddress");
  }
});

it("defaultGateway is true or false and nothing that looks like it", () => {
  assert.equal(parse({ name: "blue", defaultGateway: true }).defaultGateway, true);
  assert.equal(parse({ name: "blue", defaultGateway: "false" }).defaultGateway, false);
  for (const defaultGateway of ["True", "yes", 1]) {
    assert.equal(refused(() => parse({ name: "blue", defaultGateway })).reason, 'is not "true" or "false"');
  }
});

it("gwipaddress is read in Nodus' spelling too", () => {
  assert.deepEqual(parse({ name: "blue", GWIPaddress: "10.1.0.254" }).gateways.map(printIp), ["10.1.0.254"]);
});

it("both types of network of Nodus are taken, since the name says which it is, and no other type is", () => {
  for (const netType of ["virtual", "provider"])
    assert.deepEqual(parse({ name: "blue", netType }), parse({ name: "blue" }));
  assert.match(refused(() => parse({ name: "blue", netType: "vlan" })).reason, /not a type of network/);
});

it("a name that no database could hold is refused", () => {
  for (const name of ["a\nb", "a\u0000", "\ud800", "x".repeat(254)]) {
    assert.equal(refused(() => parse({ name })).field, "f: [0].name");
  }
});

it("the words of the early README warn with the right ones", () => {
  const warnings: string[] = [];
  parse({ name: "blue", interfaceRequest: "net0", isDefaultRoute: "true" }, warnings);
  assert.match(warnings[0] ?? "", /did you mean "interface"/);
  assert.match(warnings[1] ?? "", /did you mean "defaultGateway"/);
});

it("the keys are the ones that manifests of Nodus and OVN4NFVK8s carry, routes, addresses to send from and outside, bandwidth, taps, guests, pools and claims", () => {
  assert.deepEqual(Object.keys(interfaceSchema.shape), [
    "name",
    "interface",
    "ipAddress",
    "pool",
    "claim",
    "sticky",
    "whenScaled",
    "ordinalAddresses",
    "macAddress",
    "defaultGateway",
    "gwipaddress",
    "routes",
    "allowedAddresses",
    "bandwidth",
    "tap",
    "dhcp",
    "externalIp",
    "distributed",
    "netType",
  ]);
});

it("every field says what it takes and what to write instead", () => {
  for (const [key, field] of Object.entries(interfaceSchema.shape)) {
    const help = fieldHelp.get(field);
    assert.match(help?.kind ?? "", /\w/, key);
    assert.match(help?.remedy ?? "", /(^write|^name|leave it out)/, key);
  }
});

it("texts may be numbers and booleans, addresses may also be lists of them, and nothing else is accepted", () => {
  const read = (fields: object) => interfaceSchema.safeParse({ name: "blue", ...fields });
  assert.deepEqual(read({ name: 5, defaultGateway: true, ipAddress: ["a", 1] }).data, {
    name: "5",
    defaultGateway: "true",
    ipAddress: ["a", "1"],
  });
  for (const fields of [
    { name: [] },
    { name: null },
    { interface: {} },
    { ipAddress: [[]] },
    { defaultGateway: "no" },
  ]) {
    assert.equal(read(fields).success, false, JSON.stringify(fields));
  }
});
