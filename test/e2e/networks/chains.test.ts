// A chain between two networks, with some flows of each address; test/soak/chains.test.ts has a thousand.
import { it } from "node:test";
import { assertRareRights } from "#test/assertions/rights.ts";
import { networkEnd } from "#test/stacks/chains/left-end.ts";
import { testThreeFunctions } from "#test/stacks/chains/three-functions.ts";

testThreeFunctions(networkEnd, 5, (stack) => {
  it("has used every right that only chains need", async () => {
    const { plane } = stack().admission;
    await assertRareRights(plane, "test/e2e/networks/chains.test.ts");
  });
});
