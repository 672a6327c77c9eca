import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf, faultsOf } from "#page/map/map-words.ts";
import { someNetwork, somePod, someRouter } from "#test/fixtures/view/some-items.ts";

test("a node of the map counts what is not ready in it", () => {
  const members = [someRouter("a"), { ...someRouter("b"), ready: "no" } as const];
  assert.equal(faultsOf({ id: "g", kind: "router", label: "", members, isGroup: true, canOpen: true }), 1);
});

test("facts are those that there are: without a wire none is named", () => {
  assert.deepEqual(
    factsOf(someNetwork("blue", { routers: ["router/a"] })).map(({ name }) => name),
    ["Subnets", "Routers"],
  );
  assert.deepEqual(factsOf(somePod("s", "p", ["blue", "blue"]))[0], { name: "Networks", keys: ["network/blue"] });
  const choosers = { policies: ["policy/s/a"], morePolicies: 7 };
  assert.deepEqual(factsOf({ ...somePod("s", "p"), ...choosers })[0], {
    name: "Policies",
    keys: ["policy/s/a"],
    more: 7,
  });
  const sinkless = { kind: "tap", key: "tap/s/t", name: "t", ready: "no", sink: "", sources: [] } as const;
  assert.deepEqual(factsOf(sinkless), [{ name: "Sink", words: ["none"] }]);
});
