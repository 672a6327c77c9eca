import assert from "node:assert/strict";
import { test } from "node:test";
import { foundInPod, interfaceRouteTable, subnetTextsOf, tableRoutes } from "#cni/plumbing/interface-route-table.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

test("an interface has a table when another one has an address of its subnet", () => {
  assert.equal(interfaceRouteTable(0, [["10.1.0.7/24"], ["10.1.0.8/24"]]), 1_000);
  assert.equal(interfaceRouteTable(1, [["10.1.0.7/24"], ["fd00::1/64", "10.1.0.8/24"]]), 1_001);
});

test("several addresses of one subnet on one interface need none", () => {
  assert.equal(interfaceRouteTable(0, [["10.1.0.7/24", "10.1.0.8/24"], ["10.1.1.7/24"]]), undefined);
});

test("a subnet is listed once however many addresses are in it", () => {
  assert.deepEqual(subnetTextsOf(["10.1.0.7/24", "10.1.0.8/24", "fd00::1/64"]), ["10.1.0.0/24", "fd00::/64"]);
});

test("the table has the routes of the network that stand at another interface, as far as its own subnets reach", () => {
  const [plain] = sampleResults;
  assert.ok(plain);
  const own: InterfaceResult = { ...plain, routes: [{ dst: "172.16.0.0/16" }] };
  const routes = [
    { dst: "172.16.0.0/16", gw: "10.1.0.9" },
    { dst: "172.17.0.0/16", gw: "10.1.0.9" },
    { dst: "172.18.0.0/16", gw: "10.9.0.9" },
    { dst: "172.19.0.0/16" },
    { dst: "172.21.0.0/16", gw: "10.1.0.7" },
  ];
  const sibling: InterfaceResult = { ...plain, interface: "net2", routes };
  const stranger: InterfaceResult = { ...plain, network: "green", routes: [{ dst: "172.20.0.0/16" }] };
  assert.deepEqual(tableRoutes(own, [sibling, own, stranger]), [
    { dst: "172.16.0.0/16" },
    { dst: "172.17.0.0/16", gw: "10.1.0.9" },
    { dst: "172.19.0.0/16" },
  ]);
});

test("an interface from the start found the others from the start, and a plugged one all before it", () => {
  const named = (name: string, plugged?: true): InterfaceResult => {
    const [plain] = sampleResults;
    assert.ok(plain);
    return { ...plain, interface: name, ...(plugged === undefined ? {} : { plugged }) };
  };
  const all = [named("a"), named("b"), named("c", true), named("d", true)];
  const found = all.map((one) =>
    foundInPod(one, all)
      .map(({ interface: name }) => name)
      .join(""),
  );
  assert.deepEqual(found, ["ab", "ab", "abc", "abcd"]);
});
