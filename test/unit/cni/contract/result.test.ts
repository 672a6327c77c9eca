import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cniVersions } from "#cni/contract/commands.ts";
import { appendResult, type CniResult, parseCniResult, printCniResult } from "#cni/contract/result.ts";

const plain: CniResult = {
  interfaces: [{ name: "eth0", mac: "02:00:00:00:00:01", sandbox: "/run/netns/a" }],
  ips: [{ address: "10.244.1.5/24", gateway: "10.244.1.1", interface: 0 }],
  routes: [{ dst: "0.0.0.0/0" }],
};

test("parse(print(x)) = x in every version, for what every version knows", () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,15}$/);
  const address = fc.constantFrom("10.0.0.1/8", "fd00::1/64");
  const ip = fc.record({ address, interface: fc.nat(5) }, { noNullPrototype: true });
  const gw = fc.constantFrom("10.0.0.1", "fd00::1");
  const route = fc.record({ dst: fc.constantFrom("0.0.0.0/0", "::/0"), gw }, { noNullPrototype: true });
  const anyResult = fc.record({
    interfaces: fc.array(fc.record({ name, sandbox: name }, { noNullPrototype: true })),
    ips: fc.array(ip),
    routes: fc.array(route),
  });
  const roundTrip = (result: CniResult) => {
    for (const version of cniVersions) {
      assert.deepEqual(parseCniResult(JSON.parse(printCniResult(result, version))), { ...result });
    }
  };
  fc.assert(fc.property(anyResult, roundTrip), { numRuns: 200 });
});

test("a chained result keeps what came before and moves its own indexes behind it", () => {
  const own: CniResult = {
    interfaces: [{ name: "host1" }, { name: "net1", sandbox: "/run/netns/a" }],
    ips: [{ address: "10.1.0.7/24", interface: 1 }, { address: "10.1.0.8/24" }],
    routes: [{ dst: "10.9.0.0/16", gw: "10.1.0.1" }],
    dns: { nameservers: ["10.1.0.2"] },
  };
  const both = appendResult(plain, own);
  assert.deepEqual(both.interfaces, [...plain.interfaces, ...own.interfaces]);
  assert.deepEqual(both.ips, [...plain.ips, { address: "10.1.0.7/24", interface: 2 }, { address: "10.1.0.8/24" }]);
  assert.deepEqual(both.routes, [...plain.routes, ...own.routes]);
  assert.deepEqual(both.dns, own.dns);
});

test("the name servers of the first plugin stay, unless it has none", () => {
  const other = { nameservers: ["10.1.0.2"] };
  for (const none of [undefined, {}, { nameservers: [] }]) {
    assert.deepEqual(appendResult({ ...plain, dns: none }, { ...plain, dns: other }).dns, other);
  }
  const dns = { nameservers: ["10.96.0.10"] };
  assert.deepEqual(appendResult({ ...plain, dns }, { ...plain, dns: { nameservers: ["10.1.0.2"] } }).dns, dns);
});

test("empty dns is left out, as in the Go library", () => {
  assert.equal(printCniResult({ ...plain, dns: {} }, "1.1.0").includes("dns"), false);
});

test("a result that is not one is refused with the path of the wrong field", () => {
  assert.throws(() => parseCniResult({ interfaces: [{ mac: "a" }] }), /^AppError: prevResult\.interfaces\.0\.name: /);
});
