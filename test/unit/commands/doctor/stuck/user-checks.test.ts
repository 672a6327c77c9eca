import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts } from "#src/commands/doctor/facts.ts";
import type { StuckPod } from "#src/commands/doctor/stuck/stuck-facts.ts";
import {
  judgeAddresses,
  judgeBalancing,
  judgeChains,
  judgePolicies,
  judgeDeletingNetworks,
  judgeIpamClaims,
  judgeRefusedWorkloads,
  judgeTaps,
  judgeWaitingPods,
} from "#src/commands/doctor/stuck/user-checks.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

const allocated: StuckPod = {
  namespace: "team",
  name: "web",
  uid: "u",
  node: "n1",
  waitsMs: 45_000,
  hasRequest: true,
  hasResult: true,
  selects: [],
  ownDefinitions: [],
  missingDefinitions: [],
  isOptedIn: false,
  lastWarning: undefined,
};

const facts = await healthyFacts();

function judged(pod: Partial<StuckPod>, other: Partial<Facts> = {}): string {
  const [finding] = judgeWaitingPods({ ...facts, ...other, stuckPods: { value: [{ ...allocated, ...pod }] } });
  return `${finding?.health ?? ""}: ${finding?.says ?? ""} -> ${finding?.cure ?? ""}`;
}

test("a pod that waits is a warning with the step that failed first, and its cure", () => {
  const byDefinition = { hasRequest: false, hasResult: false, selects: ["team/a"], ownDefinitions: ["team/a"] };
  assert.match(
    judged(byDefinition),
    /^warning: team\/web has waited for its interfaces for 45 s: it selects our definition team\/a in a namespace without the label .*multus-pods=enabled -> kubectl label namespace team /,
  );
  assert.match(
    judged({ ...byDefinition, missingDefinitions: ["team/b"] }),
    /selects the definition team\/b, which is not there/,
  );
  assert.match(judged({ hasResult: false }), /no webhook was asked .* -> re-create the pod/);
  assert.match(
    judged({}, { definition: { value: "no object" } }),
    /does not find our Network.* -> see the line multus/,
  );
  assert.match(judged({ node: "n9" }), /the agent of its node n9 is not ready -> see the line agents/);
  assert.match(judged({ lastWarning: "has not bound x-net1 yet" }), /: has not bound x-net1 yet -> .*describe pod web/);
  assert.match(judged({}), /no Event says why/);
});

test("Networks that do not go and workloads that get no pods are warnings, and nothing of the kind is ok", () => {
  const network = { namespace: "team", name: "blue", sinceMs: 600_000, why: "used by team/web" };
  const [deleting] = judgeDeletingNetworks({ ...facts, stuckNetworks: { value: [network] } });
  assert.match(deleting?.says ?? "", /^team\/blue was deleted 10 min ago and is still there: used by team\/web$/);
  const broken = {
    namespace: "team",
    name: "dmz",
    why: "function app=fw: there is no such pod, so that the traffic is dropped",
  };
  const [tap] = judgeTaps({ ...facts, stuckTaps: { value: [broken] } });
  assert.match(tap?.says ?? "", /^team\/dmz: function app=fw/);
  const [chain] = judgeChains({ ...facts, stuckChains: { value: [broken] } });
  assert.match(chain?.says ?? "", /^team\/dmz: function app=fw: there is no such pod, so that the traffic is dropped$/);
  const [refused] = judgeRefusedWorkloads({
    ...facts,
    stuckWorkloads: { value: [{ workload: "Deployment team/web", message: "PoolExhausted: full" }] },
  });
  assert.equal(refused?.says, "Deployment team/web gets no pods: PoolExhausted: full");
  for (const judge of [judgeWaitingPods, judgeDeletingNetworks, judgeChains, judgePolicies, judgeRefusedWorkloads])
    assert.deepEqual(
      judge(facts).map(({ health }) => health),
      ["ok"],
    );
});

test("a Service that is not served is a warning, with what cures it", () => {
  const odd = { namespace: "shop", name: "web", why: "no ready pod", cure: "look at its pods" };
  const [finding] = judgeBalancing({ ...facts, stuckServices: { value: [odd] } });
  assert.deepEqual(
    [finding?.health, finding?.says, finding?.cure],
    ["warning", "shop/web: no ready pod", "look at its pods"],
  );
  assert.deepEqual(
    judgeBalancing(facts).map(({ health }) => health),
    ["ok"],
  );
});

test("networks and pools that are nearly full are warnings, each with its own cure", () => {
  const blue = { namespace: "shop", name: "blue", family: "IPv4", used: 60n, capacity: 62n } as const;
  const scarce = {
    value: [
      { ...blue, pool: undefined },
      { ...blue, pool: "front" },
    ],
  };
  const findings = judgeAddresses({ ...facts, stuckAddresses: scarce });
  assert.deepEqual(
    findings.map(({ says }) => says),
    [
      "shop/blue has handed out 60 of its 62 IPv4 addresses: pods will be refused",
      "the pool front of shop/blue has handed out 60 of its 62 IPv4 addresses: pods will be refused",
    ],
  );
  assert.match(findings[1]?.cure ?? "", /range of the pool/);
  assert.deepEqual(judgeAddresses(facts), []);
});

test("a claim that has not what it says is a warning, and a well one is no line", () => {
  const odd = { namespace: "shop", name: "db", why: "port vm has an address of the claim", cure: "free the address" };
  const [finding] = judgeIpamClaims({ ...facts, stuckClaims: { value: [odd] } });
  assert.deepEqual(
    [finding?.health, finding?.says, finding?.cure],
    ["warning", "shop/db: port vm has an address of the claim", "free the address"],
  );
  assert.deepEqual(judgeIpamClaims(facts), []);
  const many = judgeIpamClaims({ ...facts, stuckClaims: { value: Array.from({ length: 7 }, () => odd) } });
  assert.deepEqual([many.length, many.at(-1)?.says], [6, "and 2 more"]);
});

test("of many findings of one kind the first are shown, and how many more there are", () => {
  const findings = judgeWaitingPods({ ...facts, stuckPods: { value: Array.from({ length: 8 }, () => allocated) } });
  assert.equal(findings.length, 6);
  assert.match(findings.at(-1)?.says ?? "", /^and 3 more/);
});
