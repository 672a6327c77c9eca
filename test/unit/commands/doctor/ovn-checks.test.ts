import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeChassis, judgeNorthbound, judgeNorthd, judgeSouthbound } from "#src/commands/doctor/ovn-checks.ts";
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
  assert.match(judgeNorthd({ ...facts, northd: { value: undefined } })[0]?.cure ?? "", /start ovn-northd/);
  assert.match(judgeNorthd({ ...facts, northd: { value: "20.12.0-20.12.0" } })[0]?.says ?? "", /older than 22\.03/);
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
