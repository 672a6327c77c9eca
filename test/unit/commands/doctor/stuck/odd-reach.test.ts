import assert from "node:assert/strict";
import { test } from "node:test";
import { oddReach } from "#src/commands/doctor/stuck/odd-reach.ts";
import { judgeReach } from "#src/commands/doctor/stuck/user-checks.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

const network = (namespace: string, name: string, n: number, reachableFrom?: object) => ({
  metadata: { name, namespace, uid: name, resourceVersion: "1" },
  spec: { ipv4Subnets: [{ subnet: `10.${n}.0.0/24` }], ...(reachableFrom && { reachableFrom }) },
});
const whys = (...objects: readonly object[]) => oddReach(objects as never).map(({ name, why }) => `${name}: ${why}`);

test("a Network that names another or a namespace that is not there is told of", () => {
  assert.deepEqual(whys(network("a", "room", 1, { networks: ["hall"] })), [
    "room: reachableFrom names the Network hall, which is not there",
  ]);
  assert.deepEqual(whys(network("a", "room", 1, { namespaces: ["ops"] })), [
    "room: reachableFrom names the namespace ops, which has no Network",
  ]);
});

test("two closed Networks must let in each other, or no answer comes back", () => {
  const room = network("a", "room", 1, { networks: ["hall"] });
  assert.deepEqual(whys(room, network("b", "hall", 2, {})), [
    "room: it lets in hall, whose own reachableFrom does not let answers from room back in",
  ]);
  assert.deepEqual(whys(room, network("b", "hall", 2, { namespaces: ["a"] })), []);
  assert.deepEqual(whys(room, network("b", "hall", 2), network("c", "broken", 3, { networks: 5 })), []);
});

test("the finding says which field to correct", async () => {
  const facts = await healthyFacts();
  assert.equal(judgeReach(facts)[0]?.health, "ok");
  const [finding] = judgeReach({
    ...facts,
    stuckReach: { value: [{ namespace: "a", name: "room", why: "it is odd" }] },
  });
  assert.deepEqual([finding?.health, finding?.says], ["warning", "a/room: it is odd"]);
});
