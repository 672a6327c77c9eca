import assert from "node:assert/strict";
import { it } from "node:test";
import { addEarlyRoutes } from "#src/api/request/early-routes.ts";
import { parseInterface } from "#src/api/request/interface-request.ts";
import { printCidr } from "#src/net/cidr.ts";
import { refused } from "#test/assertions/refused.ts";

const interfaces = [
  parseInterface({ name: "blue", interface: "net0", routes: [{ dst: "10.0.0.0/8" }] }, "f: [0]", []),
  parseInterface({ name: "green", interface: "net1", ipAddress: "10.2.0.7" }, "f: [1]", []),
  parseInterface({ name: "red" }, "f: [2]", []),
];
const add = (...routes: object[]) => addEarlyRoutes(JSON.stringify(routes), interfaces, []);

it("each route goes to the interface that dev names, behind the routes it has", () => {
  const result = add({ dst: "172.16.0.0/16", dev: "net0" }, { dst: "172.17.0.0/16", gw: "10.2.0.1", dev: "net1" });
  assert.deepEqual(
    result.map(({ routes }) => routes.map(({ dst }) => printCidr(dst))),
    [["10.0.0.0/8", "172.16.0.0/16"], ["172.17.0.0/16"], []],
  );
});

it("eth0 is refused as the first CNI's, any other strange name as unknown", () => {
  assert.match(refused(() => add({ dst: "172.16.0.0/16", dev: "eth0" })).reason, /first CNI/);
  const { code, field } = refused(() => add({ dst: "172.16.0.0/16", dev: "net2" }));
  assert.deepEqual([code, field], ["RouteInvalid", "ovnNetworkRoutes: [0].dev"]);
});

it("a gateway that is the interface's own address is refused", () => {
  assert.equal(
    refused(() => add({ dst: "172.16.0.0/16", gw: "10.2.0.7", dev: "net1" })).field,
    "ovnNetworkRoutes: [0].gw",
  );
});

it("a route without dev or dst is refused", () => {
  assert.equal(refused(() => add({ dst: "172.16.0.0/16" })).field, "ovnNetworkRoutes: [0].dev");
  assert.equal(refused(() => add({ dev: "net0" })).field, "ovnNetworkRoutes: [0].dst");
});
