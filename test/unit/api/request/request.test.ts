import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseRequest } from "#src/api/request/request.ts";
import { refused } from "#test/assertions/refused.ts";

const key = "k8s.plugin.opnfv.org/nfn-network";
const later = (...interfaces: object[]) => ({ [key]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }) });
const early = (...interfaces: object[]) => ({ ovnNetwork: JSON.stringify(interfaces) });
const parse = (annotations: Record<string, string>) => parseRequest(annotations).request?.interfaces ?? [];

describe("a request", () => {
  it("is absent when no key of it is there, or only by inheritance", () => {
    assert.deepEqual(parseRequest({}), { request: undefined, warnings: [] });
    assert.equal(parseRequest(Object.create(later({ name: "blue" })) as Record<string, string>).request, undefined);
  });

  it("has the same meaning in both forms", () => {
    const element = { name: "blue", interface: "net0", ipAddress: "10.1.0.7", defaultGateway: "true" };
    const strip = (annotations: Record<string, string>) => parse(annotations).map((entry) => ({ ...entry, field: "" }));
    assert.deepEqual(strip(early(element)), strip(later(element)));
  });

  it("stands once in a pod", () => {
    const { code, field } = refused(() => parseRequest({ ...early({ name: "a" }), ...later({ name: "a" }) }));
    assert.deepEqual([code, field], ["Malformed", "ovnNetwork"]);
  });

  it("has at most 32 interfaces", () => {
    const interfaces = Array.from({ length: 33 }, (_, index) => ({ name: `n${index}` }));
    assert.equal(parse(later(...interfaces.slice(1))).length, 32);
    assert.equal(refused(() => parse(later(...interfaces))).reason, "asks for 33 interfaces");
  });

  it("takes ovnNetworkRoutes beside either form, and warns of it alone", () => {
    const routes = { ovnNetworkRoutes: '[{"dst":"172.16.0.0/16","dev":"net0"}]' };
    const element = { name: "blue", interface: "net0" };
    for (const form of [early(element), later(element)]) {
      assert.equal(parse({ ...form, ...routes })[0]?.routes.length, 1);
    }
    assert.deepEqual(parseRequest(routes), {
      request: undefined,
      warnings: [`ovnNetworkRoutes has no effect without ${key} or ovnNetwork`],
    });
  });

  it("has each destination once, over all its interfaces", () => {
    const routes = [{ dst: "172.16.0.0/16" }];
    assert.equal(refused(() => parse(later({ name: "a", routes }, { name: "b", routes }))).code, "RouteInvalid");
  });

  it("has each address once on a network", () => {
    const element = { name: "a", ipAddress: "10.1.0.7" };
    assert.equal(refused(() => parse(later(element, element))).field, `${key}: interface[1]`);
  });

  it("gives at most 16 warnings of at most 120 characters", () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`unknown-field-${index}-${"x".repeat(99)}`, 1]),
    );
    const { warnings } = parseRequest(later({ name: "blue", ...unknown }));
    assert.equal(warnings.length, 16);
    assert.ok(warnings.every((warning) => warning.length <= 120));
    assert.equal(warnings.at(-1), "and 15 more unknown keys in the request are ignored");
  });
});

/** Each title says what the predecessors did. These are their defects in reading a request. */
describe("a defect of the predecessors", () => {
  it("fields of one interface leaked into the next one: here each interface has only its own", () => {
    const [, second] = parse(
      later(
        {
          name: "a",
          ipAddress: "10.1.0.7",
          macAddress: "0a:00:00:00:00:01",
          gwipaddress: "10.1.0.1",
          defaultGateway: "true",
        },
        { name: "b" },
      ),
    );
    assert.deepEqual(second, {
      field: `${key}: interface[1]`,
      network: "b",
      interfaceName: undefined,
      addresses: [],
      mac: undefined,
      defaultGateway: false,
      gateways: [],
      routes: [],
    });
  });

  it("a crafted interface name was pasted into the operator's patch: here it is refused", () => {
    for (const name of ['x"}]","a":"b', '"},"labels":{"', "a\\", "$(id)"]) {
      assert.equal(refused(() => parse(later({ name: "a", interface: name }))).code, "InterfaceInvalid", name);
    }
  });

  it("a value that was no string made the watcher panic: here it stands for its string, or is refused", () => {
    assert.equal(parse(early({ name: 17, interface: "net0", defaultGateway: true }))[0]?.network, "17");
    assert.equal(refused(() => parse(early({ name: ["a"], interface: "net0" }))).reason, "is not a string");
  });

  it("a missing name made the watcher panic: here it is refused", () => {
    assert.deepEqual(
      refused(() => parse(early({ interface: "net0" }))),
      { code: "Malformed", field: "ovnNetwork: [0].name", reason: "is missing" },
    );
  });

  it("what was not JSON counted as no request: here it is refused", () => {
    assert.match(refused(() => parse({ [key]: "type: ovn4nfv" })).reason, /^is not valid JSON/);
  });

  it("a request of another type was ignored silently: here it is refused", () => {
    assert.equal(refused(() => parse({ [key]: '{"type":"sriov","interface":[{"name":"a"}]}' })).field, `${key}: type`);
  });

  it("an address went to OVN unchecked, with a mask it got a second one: here it is read", () => {
    assert.equal(refused(() => parse(later({ name: "a", ipAddress: "notanip" }))).code, "Malformed");
    assert.equal(parse(later({ name: "a", ipAddress: "172.17.5.7/16" }))[0]?.addresses[0]?.prefixLength, 16);
  });

  it("a MAC without an address was ignored: here it is honoured", () => {
    assert.equal(parse(later({ name: "a", macAddress: "0a:00:00:00:00:01" }))[0]?.mac, "0a:00:00:00:00:01");
  });

  it("of two default gateways the first won: here the second is refused", () => {
    const element = (name: string, ipAddress: string) => ({ name, ipAddress, defaultGateway: "true" });
    assert.equal(refused(() => parse(later(element("a", "10.1.0.7"), element("b", "10.2.0.7")))).code, "RouteInvalid");
  });
});
