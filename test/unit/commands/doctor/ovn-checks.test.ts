import assert from "node:assert/strict";
import { test } from "node:test";
import {
  judgeChassis,
  judgeClaims,
  judgeNorthbound,
  judgeNorthd,
  judgeSouthbound,
} from "#src/commands/doctor/ovn-checks.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

test("a member that is down is a warning while another answers", async () => {
  const northbound = [
    { endpoint: "tcp:192.0.2.1:6641", state: "open" as const },
    { endpoint: "tcp:192.0.2.2:6641", state: "refused" as const },
  ];
  const found = judgeNorthbound({ ...(await healthyFacts()), northbound });
  assert.deepEqual(
    found.map(({ health }) => health),
    ["warning"],
  );
  assert.match(found[0]?.says ?? "", /192\.0\.2\.2:6641: nothing listens there; another member answers/);
});

test("without an endpoint of the Southbound database chassis are unknown", async () => {
  assert.equal(judgeSouthbound({ ...(await healthyFacts()), southbound: [] })[0]?.health, "unknown");
});

test("a northd that left no version, or an old one, is a warning", async () => {
  const facts = await healthyFacts();
  assert.match(
    judgeNorthd({ ...facts, northd: { value: { version: undefined, follows: undefined } } })[0]?.cure ?? "",
    /start ovn-northd/,
  );
  assert.match(
    judgeNorthd({ ...facts, northd: { value: { version: "20.12.0-20.12.0", follows: true } } })[0]?.says ?? "",
    /older than 22\.03/,
  );
});

test("a chassis belongs to a node by its system id or its host name", async () => {
  const facts = await healthyFacts();
  const nodes = {
    value: [
      { name: "n1", chassis: "4f1c" },
      { name: "n2", chassis: "n2" },
    ],
  };
  const chassis = {
    value: [
      { name: "4f1c", hostname: "", answers: true },
      { name: "a8", hostname: "n2", answers: true },
    ],
  };
  assert.deepEqual(
    judgeChassis({ ...facts, nodes, chassis }).map(({ health }) => health),
    ["ok"],
  );
  const alone = { value: chassis.value.slice(0, 1) };
  assert.match(judgeChassis({ ...facts, nodes, chassis: alone })[0]?.says ?? "", /node n2 has no chassis/);
});

test("a node whose agent has published no chassis, or another one than OVN knows, is named", async () => {
  const facts = await healthyFacts();
  const chassis = { value: [{ name: "c-1", hostname: "n1", answers: true }] };
  const judged = (published: string | undefined) => {
    const nodes = { value: [{ name: "n1", chassis: "c-1", published }] };
    return judgeChassis({ ...facts, nodes, chassis }).map(({ health, says }) => `${health} ${says}`);
  };
  assert.match(judged("c-1")[0] ?? "", /^ok/);
  assert.match(judged(undefined)[0] ?? "", /^ok/);
  assert.match(judged("")[0] ?? "", /^warning node n1 has published no chassis/);
  assert.match(judged("c-9")[0] ?? "", /^failed node n1 has published the chassis c-9, but OVN knows it as c-1/);
});

test("two nodes that publish one chassis are named, and whose it is by its host name", async () => {
  const facts = await healthyFacts();
  const nodes = { value: ["n1", "n2"].map((name) => ({ name, chassis: "c-1", published: "c-1" })) };
  const judged = (hostname: string) =>
    judgeClaims({ ...facts, nodes, chassis: { value: [{ name: "c-1", hostname, answers: true }] } })[0];
  assert.equal(judged("n1")?.health, "failed");
  assert.match(judged("n1")?.says ?? "", /^the nodes n1, n2 all publish the chassis c-1, which is that of n1/);
  assert.match(judged("elsewhere")?.says ?? "", /^the nodes n1, n2 all publish the chassis c-1$/);
  assert.deepEqual(judgeClaims(facts), []);
  const none = { value: ["n1", "n2"].map((name) => ({ name, chassis: name, published: "" })) };
  assert.deepEqual(judgeClaims({ ...facts, nodes: none }), []);
});

test("a chassis with the name of another one as its host name is named, since it may take that one's ports", async () => {
  const facts = await healthyFacts();
  const chassis = {
    value: [
      { name: "n1", hostname: "n1", answers: true },
      { name: "n2", hostname: "n1", answers: true },
    ],
  };
  const [finding] = judgeChassis({ ...facts, chassis }).filter(({ says }) => says.includes("may take the ports"));
  assert.equal(finding?.health, "failed");
  assert.match(finding.says, /^the chassis n2 has the host name n1/);
});

test("when northd hangs it is what failed, and no ovn-controller is blamed", async () => {
  const facts = await healthyFacts();
  const hung = {
    ...facts,
    northd: { value: { version: "23.03.1", follows: false } },
    chassis: { value: ["n1", "n2"].map((name) => ({ name, hostname: name, answers: false })) },
  };
  assert.deepEqual(
    [...judgeNorthd(hung), ...judgeChassis(hung)].map(({ check, health }) => [check, health]),
    [
      ["northd", "failed"],
      ["chassis", "unknown"],
    ],
  );
  assert.match(judgeNorthd(hung)[0]?.says ?? "", /ovn-northd does not carry changes/);
});

test("a node that was deleted while its chassis lives is named", async () => {
  const facts = await healthyFacts();
  const [finding, ...others] = judgeChassis({ ...facts, nodes: { value: [{ name: "n1", chassis: "n1" }] } });
  assert.deepEqual(others, []);
  assert.equal(finding?.health, "warning");
  assert.match(finding.says, /no node for chassis that answer: n2 \(host n2\)/);
  assert.match(finding.cure, /restart the kubelet/);
});
