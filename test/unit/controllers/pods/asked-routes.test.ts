import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { routesInResult } from "#src/controllers/pods/asked-routes.ts";
import { printCidr } from "#src/net/cidr.ts";

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
