import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { uncovered } from "#src/controllers/chains/function-routes.ts";
import { cidr } from "#test/fixtures/ovn/sample-topology.ts";

describe("uncovered", () => {
  it("takes a route by the network beside the function alone, and a wider one as well", () => {
    const by = { name: "mid", subnets: [] };
    const left = (network: string, dst: string) => uncovered([cidr("10.9.1.0/24")], by, [{ network, dst: cidr(dst) }]);
    assert.deepEqual(left("mid", "10.9.0.0/16"), []);
    assert.equal(left("other", "10.9.0.0/16").length, 1);
    assert.equal(left("mid", "10.9.1.0/25").length, 1);
  });
});
