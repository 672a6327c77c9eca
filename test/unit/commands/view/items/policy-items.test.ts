import assert from "node:assert/strict";
import { test } from "node:test";
import { policyForKey } from "#src/api/policy/policy-config.ts";
import { namedWorld, networksOfPolicy, policyItem } from "#src/commands/view/items/policy-items.ts";
import { noCluster } from "#src/commands/view/items/view-facts.ts";
import { projectPolicy } from "#src/controllers/policies/policy-objects.ts";
import { somePod } from "#test/fixtures/view/some-items.ts";

const definitions = [
  { namespace: "default", name: "to-blue", own: { network: "blue" } },
  { namespace: "default", name: "to-none", own: { network: undefined } },
  { namespace: "default", name: "macvlan", own: undefined },
];
/** A world with a network `green`, and `blue`, which is known by a pod alone. */
const world = namedWorld({ ...noCluster, definitions }, [somePod("default", "web", ["blue"])], ["green"]);

function itemOf(networks: string | undefined, spec: object = {}, pods = 1) {
  const annotations = networks === undefined ? {} : { [policyForKey]: networks };
  const metadata = { name: "p", namespace: "default", uid: "p", resourceVersion: "1", annotations };
  const policy = projectPolicy({ metadata, spec: { podSelector: {}, ...spec } });
  const found = networksOfPolicy(policy, world);
  return found && policyItem(policy, found, pods);
}

test("a policy is about networks by their names and by definitions of ours, and one for networks of others is not shown", () => {
  assert.deepEqual(itemOf("to-blue, green")?.networks, ["network/blue", "network/green"]);
  assert.deepEqual(itemOf("macvlan, blue")?.networks, ["network/blue"]);
  assert.equal(itemOf("macvlan"), undefined);
});

test("only what is wrong in a policy itself counts as a fault, since networks may be hidden", () => {
  const words = (...parts: Parameters<typeof itemOf>) => {
    const { ready, reason, message = "" } = itemOf(...parts) ?? {};
    return [ready, reason, message.split(" ").slice(0, 4).join(" ")];
  };
  assert.deepEqual(words("bleu"), ["unknown", undefined, "it names a network"]);
  assert.deepEqual(words(undefined), ["unknown", undefined, "it names no network:"]);
  assert.deepEqual(words("blue", {}, 0), ["yes", undefined, "it selects no pod"]);
  assert.equal(words("to-none")[1], "NoNetwork");
  const ingress = [{ from: [{ ipBlock: { cidr: "10.0.0.0/99" } }] }];
  assert.deepEqual(words("blue", { ingress }).slice(0, 2), ["no", "Invalid"]);
  assert.deepEqual(words("blue", { podSelector: 7 }).slice(0, 2), ["no", "Invalid"]);
});
