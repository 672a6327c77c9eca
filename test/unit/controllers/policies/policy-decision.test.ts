import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePolicy, policyForKey } from "#src/api/policy/policy-config.ts";
import type { GroupedPod } from "#src/api/policy/group-selector.ts";
import { decidePolicy } from "#src/controllers/policies/policy-decision.ts";

const config = (spec: object) =>
  parsePolicy({ metadata: { name: "p", annotations: { [policyForKey]: "blue" } }, spec: { podSelector: {}, ...spec } });

test("the ports of pods are gone through once for all named ports of a policy on a network", () => {
  let looks = 0;
  const pod: GroupedPod = {
    namespace: "",
    labels: {},
    namespaceLabels: {},
    get ports() {
      looks += 1;
      return [{ name: "web", protocol: "TCP", number: 80 }];
    },
  };
  const ports = Array.from({ length: 100 }, (_, n) => ({ port: `other-${n}` }));
  const { applied, problems } = decidePolicy(
    { config: config({ ingress: [{ ports: [{ port: "web" }, ...ports] }] }) },
    { definition: () => undefined, families: () => [4], pods: () => [pod] },
  );
  assert.equal(looks, 1);
  assert.deepEqual(
    applied[0]?.rules.map(({ ports: match }) => match?.[0]?.first),
    [80],
  );
  assert.equal(problems.length, 100);
});

test("a pod whose ports nobody names is not compared with the peers of a rule", () => {
  let looks = 0;
  const pod: GroupedPod = {
    get namespace() {
      looks += 1;
      return "";
    },
    labels: {},
    namespaceLabels: {},
    ports: [{ name: "dns", protocol: "UDP", number: 53 }],
  };
  const egress = [{ to: [{ podSelector: {} }], ports: [{ port: "web" }, { protocol: "TCP", port: "dns" }] }];
  const { problems } = decidePolicy(
    { config: config({ egress }) },
    { definition: () => undefined, families: () => [4], pods: () => [pod] },
  );
  assert.equal(looks, 0);
  assert.deepEqual(
    problems.map(({ reason }) => reason),
    ["UnknownPort", "UnknownPort"],
  );
});
