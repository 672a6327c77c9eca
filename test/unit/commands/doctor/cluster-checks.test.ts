import assert from "node:assert/strict";
import { test } from "node:test";
import {
  judgeAgents,
  judgeController,
  judgeMultus,
  judgePage,
  judgeReplicas,
  judgeServices,
  judgeVersion,
} from "#src/commands/doctor/cluster-checks.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

test("a Kubernetes that is too old fails the check, which names the version that is needed", async () => {
  const facts = { ...(await healthyFacts()), apiServer: { value: { version: "1.27.3", nowMs: Date.now() } } };
  assert.match(judgeVersion(facts)[0]?.cure ?? "", /use Kubernetes 1\.30 or newer/);
});

test("a leader that fell silent counts as none, and a renewal in the future as a wrong clock", async () => {
  const facts = await healthyFacts();
  const renewed = (renewedMs: number) => judgeController({ ...facts, leader: { value: { holder: "a", renewedMs } } });
  assert.equal(renewed(facts.nowMs - 15_000)[0]?.health, "ok");
  assert.match(renewed(facts.nowMs - 120_000)[0]?.says ?? "", /led until 120 s ago, and nobody has led since/);
  assert.match(renewed(facts.nowMs + 120_000)[0]?.cure ?? "", /synchronise the clocks/);
  assert.match(judgeController({ ...facts, leader: { value: undefined } })[0]?.says ?? "", /has ever led/);
});

test("an agent that is not ready is distinguished from one that is missing", async () => {
  const facts = await healthyFacts();
  const [finding] = judgeAgents({
    ...facts,
    agents: {
      value: [
        { node: "n1", ready: true, namesBypassCidrs: false },
        { node: "n2", ready: false, namesBypassCidrs: false },
      ],
    },
  });
  assert.match(finding?.says ?? "", /n2 has an agent that is not ready/);
});

test("before Kubernetes 1.33 agents without --kept-ranges are a warning", async () => {
  const facts = await healthyFacts();
  const judged = (version: string, namesBypassCidrs: boolean) =>
    judgeServices({
      ...facts,
      apiServer: { value: { version, nowMs: facts.nowMs } },
      agents: { value: [{ node: "n1", ready: true, namesBypassCidrs }] },
    });
  const [finding] = judged("1.32.1", false);
  assert.equal(finding?.health, "warning");
  assert.match(finding.cure, /--kept-ranges/);
  assert.deepEqual([judged("1.32.1", true), judged("1.33.0", false)], [[], []]);
});

test("a NetworkAttachmentDefinition of another plugin is a warning", async () => {
  const facts = { ...(await healthyFacts()), definition: { value: "another plugin" as const } };
  assert.deepEqual(
    judgeMultus(facts).map(({ health }) => health),
    ["warning"],
  );
});

test("what may not be read is unknown, not failed", async () => {
  const facts = { ...(await healthyFacts()), agents: { why: "pods is forbidden" } };
  assert.deepEqual(
    judgeAgents(facts).map(({ health, says }) => [health, says]),
    [["unknown", "pods is forbidden"]],
  );
});

test("all replicas of a Deployment on one node are a warning that names the node", async () => {
  const facts = await healthyFacts();
  assert.deepEqual(judgeReplicas(facts), []);
  const together = { value: ["n1", "n1"].map((node) => ({ node, ready: true, asksForCertificates: true })) };
  const found = judgeReplicas({ ...facts, webhooks: together, controllers: together });
  assert.deepEqual(
    found.map(({ check, health }) => [check, health]),
    [
      ["webhook", "warning"],
      ["controller", "warning"],
    ],
  );
  assert.match(found[0]?.says ?? "", /all 2 replicas of ovn4nfv-webhook are on node n1/);
  assert.match(found[0]?.cure ?? "", /rollout restart deployment\/ovn4nfv-webhook/);
  const single = { value: [{ node: "n1", ready: true, asksForCertificates: true }] };
  assert.deepEqual(judgeReplicas({ ...facts, webhooks: single, controllers: { why: "forbidden" } }), []);
  const oneNode = { value: [{ name: "n1", chassis: "n1" }] };
  assert.deepEqual(judgeReplicas({ ...facts, webhooks: together, nodes: oneNode }), []);
});

test("a node that was deleted while its agent lives is named", async () => {
  const facts = await healthyFacts();
  const [finding] = judgeAgents({ ...facts, nodes: { value: [{ name: "n1", chassis: "n1" }] } });
  assert.equal(finding?.health, "warning");
  assert.match(finding.says, /the agent of node n2 is ready, and there is no such node/);
});

test("a page that is installed and not ready is a warning, and one that is not installed is nothing", async () => {
  const facts = await healthyFacts();
  const judged = (...ready: readonly boolean[]) =>
    judgePage({ ...facts, pages: { value: ready.map((one) => ({ node: "n1", ready: one })) } }).map(
      ({ health }) => health,
    );
  assert.deepEqual([judged(), judged(false), judged(true), judged(false, true)], [[], ["warning"], ["ok"], ["ok"]]);
});
