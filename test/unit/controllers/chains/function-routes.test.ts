import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { routesInResult, uncovered } from "#src/controllers/chains/function-routes.ts";
import { printCidr } from "#src/net/cidr.ts";
import { cidr } from "#test/fixtures/ovn/sample-topology.ts";

const result = (more: object) => JSON.stringify([{ network: "mid", gateway_ip: ["10.2.0.1", "fd02::1"], ...more }]);
const read = (text: string | undefined) =>
  routesInResult(text).map(({ network, dst }) => `${network} ${printCidr(dst)}`);

describe("routesInResult", () => {
  it("reads the routes of each interface, and the default ones where it has the default gateway", () => {
    assert.deepEqual(read(result({ routes: [{ dst: "10.9.0.0/24", gw: "10.2.0.1" }] })), ["mid 10.9.0.0/24"]);
    assert.deepEqual(read(result({ defaultGateway: "true" })), ["mid 0.0.0.0/0", "mid ::/0"]);
    assert.deepEqual(read(result({ defaultGateway: "false" })), []);
  });

  it("finds none in a text that is no result", () => {
    for (const text of [undefined, "", "{", "{}", '[{"network": 1}]', result({ routes: [{ dst: "x" }] })]) {
      assert.deepEqual(read(text), []);
    }
  });
});

describe("uncovered", () => {
  it("takes a route by the network beside the function alone, and a wider one as well", () => {
    const by = { name: "mid", subnets: [] };
    const left = (network: string, dst: string) => uncovered([cidr("10.9.1.0/24")], by, [{ network, dst: cidr(dst) }]);
    assert.deepEqual(left("mid", "10.9.0.0/16"), []);
    assert.equal(left("other", "10.9.0.0/16").length, 1);
    assert.equal(left("mid", "10.9.1.0/25").length, 1);
  });
});
