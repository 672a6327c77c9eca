import assert from "node:assert/strict";
import { test } from "node:test";
import { policyForKey } from "#src/api/policy/policy-config.ts";
import { choosePods } from "#src/commands/view/items/chosen-pods.ts";
import { podsOfObjects } from "#src/commands/view/items/pod-items.ts";
import { noCluster } from "#src/commands/view/items/view-facts.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { projectFloatingIp } from "#src/controllers/floating/floating-ip-object.ts";
import { projectPolicy } from "#src/controllers/policies/policy-objects.ts";
import { id, labelledPod } from "#test/fixtures/controllers/labelled-pod.ts";

const metadata = (name: string, more: object = {}) => ({
  name,
  namespace: "default",
  uid: name,
  resourceVersion: "1",
  ...more,
});
const labels = (app: string) => ({ labels: { [annotationKeys.allocation.key]: id, app } });
const selector = { matchLabels: { app: "web" } };
/** Two pods on the network `blue`, of which `web` is selected. */
const pods = [
  labelledPod({ metadata: labels("web") }),
  labelledPod({ name: "db", uid: "uid-db", metadata: labels("db") }),
];

const policy = (name: string, networks: string | undefined, more: object = {}) =>
  projectPolicy({
    metadata: metadata(name, networks === undefined ? {} : { annotations: { [policyForKey]: networks } }),
    spec: { podSelector: selector, ...more },
  });

function choose(facts: Partial<typeof noCluster>, networks: readonly string[] = []) {
  return choosePods({ ...noCluster, pods, ...facts }, podsOfObjects(pods), networks);
}

const floatingIp = (target: object, status: string, reason: string) =>
  projectFloatingIp({
    metadata: metadata("front"),
    spec: { uplink: "west", selector },
    status: {
      conditions: [{ type: "Ready", status, reason, message: "why", lastTransitionTime: "2026-01-01T00:00:00Z" }],
      address: "198.51.100.20",
      ...target,
    },
  });

test("a FloatingIP links its uplink and its pod, which names it", () => {
  const target = { pod: "db", network: "blue", interface: "net1", podAddress: "10.1.0.7" };
  const { floatingIps, pods: shown } = choose({ floatingIps: [floatingIp(target, "True", "Attached")] });
  assert.deepEqual(floatingIps, [
    {
      kind: "floatingip",
      key: "floatingip/default/front",
      namespace: "default",
      name: "front",
      ready: "yes",
      message: "why",
      address: "198.51.100.20",
      uplink: "uplink/west",
      pod: "pod/default/db",
      network: "network/blue",
      podAddress: "10.1.0.7",
    },
  ]);
  assert.deepEqual(
    shown.map(({ name, floatingIps: keys }) => [name, keys]),
    [
      ["web", undefined],
      ["db", ["floatingip/default/front"]],
    ],
  );
});

test("a FloatingIP that leads nowhere is named by the pods that it selects, with the cure of doctor", () => {
  const { floatingIps, pods: shown } = choose({ floatingIps: [floatingIp({}, "False", "PodWithoutNetwork")] });
  const [one] = floatingIps;
  assert.deepEqual([one?.ready, one?.reason, one?.message], ["no", "PodWithoutNetwork", "why"]);
  assert.match(one?.cure ?? "", /an interface in a network that leaves by the Uplink/);
  assert.deepEqual(shown[0]?.floatingIps, ["floatingip/default/front"]);
  assert.equal(shown[1]?.floatingIps, undefined);
});

test("a pod names 64 of the policies that select it and counts the others, and each policy counts its pods", () => {
  const policies = Array.from({ length: 5_000 }, (_, at) => policy(`closed-${at}`, "blue"));
  const { policies: items, pods: shown } = choose({ policies });
  const [web] = shown;
  assert.deepEqual([web?.policies?.length, web?.morePolicies], [64, 4_936]);
  assert.equal(web?.policies?.[63], "policy/default/closed-63");
  assert.ok(items.length === 5_000 && items.every((one) => one.pods === 1));
  const fewer = choose({ policies: policies.slice(0, 64) }).pods[0];
  assert.deepEqual([fewer?.policies?.length, fewer?.morePolicies], [64, undefined]);
});

test("a pod names the FloatingIP that leads to it, however many only select it", () => {
  const named = (name: string, target: object) => ({ ...floatingIp(target, "True", "Attached"), name });
  const floatingIps = [
    ...Array.from({ length: 70 }, (_, at) => named(`idle-${at}`, {})),
    named("leads", { pod: "web", network: "blue", interface: "net1", podAddress: "10.1.0.7" }),
  ];
  const { floatingIps: items, pods: shown } = choose({ floatingIps });
  const { floatingIps: keys = [], moreFloatingIps } = shown[0] ?? {};
  assert.deepEqual([keys[0], keys.length, moreFloatingIps], ["floatingip/default/leads", 64, 7]);
  assert.equal(items.at(-1)?.name, "leads", "they are told in their own order");
});

test("a policy is named by the pods that it selects on a network that it is about", () => {
  const policies = [policy("closed", "blue", { ingress: [{}] }), policy("other", "green")];
  const { policies: items, pods: shown } = choose({ policies }, ["green"]);
  assert.deepEqual(items[0], {
    kind: "policy",
    key: "policy/default/closed",
    namespace: "default",
    name: "closed",
    ready: "yes",
    networks: ["network/blue"],
    isolates: ["ingress"],
    rules: 1,
    pods: 1,
  });
  assert.deepEqual([items[1]?.networks, items[1]?.pods], [["network/green"], 0]);
  assert.deepEqual(
    shown.map(({ policies: keys }) => keys),
    [["policy/default/closed"], undefined],
  );
});
