import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts } from "#src/commands/doctor/facts.ts";
import { judgeAll } from "#src/commands/doctor/all-checks.ts";
import { complaints, healthyFacts, issue, serviceName } from "#test/fixtures/commands/healthy-facts.ts";

const hourMs = 3_600_000;

test("an installation that works has one good line for each check", async () => {
  const findings = judgeAll(await healthyFacts());
  assert.deepEqual(complaints(await healthyFacts()), []);
  assert.equal(new Set(findings.map(({ check }) => check)).size, 26);
});

type Change = (facts: Facts) => Partial<Facts> | Promise<Partial<Facts>>;

/** A fault, its change of the facts, and the one complaint that must follow. */
const faults: readonly (readonly [name: string, change: Change, complaint: RegExp])[] = [
  [
    "certificate expired",
    async ({ entries, nowMs }) => {
      if ("why" in entries) throw new Error(entries.why);
      const { cert, ca } = await issue(serviceName, nowMs - 48 * hourMs);
      const trusting = entries.value.map((entry) => ({ ...entry, caBundle: ca }));
      return { serving: { value: { chain: cert, name: serviceName } }, entries: { value: trusting } };
    },
    /^certificate failed: .*ended at/,
  ],
  [
    "wrong caBundle",
    async ({ entries }) => {
      const { ca } = await issue();
      if ("why" in entries) throw new Error(entries.why);
      const [first, ...others] = entries.value;
      assert.ok(first);
      return { entries: { value: [{ ...first, caBundle: ca }, ...others] } };
    },
    /^certificate failed: zz-ovn4nfv, entry allocate\.pods\S+: caBundle is not the authority/,
  ],
  [
    "NB down",
    ({ northbound }) => ({ northbound: northbound.map((one) => ({ ...one, state: "refused" as const })) }),
    /^northbound failed: tcp:192\.0\.2\.1:6641: nothing listens .* -> start the database/,
  ],
  [
    "NB behind a firewall",
    ({ northbound }) => ({ northbound: northbound.map((one) => ({ ...one, state: "silent" as const })) }),
    /^northbound failed: .*it does not answer.* -> look for a firewall/,
  ],
  [
    "agent missing on a node",
    () => ({ agents: { value: [{ node: "n1", ready: true, namesBypassCidrs: false }] } }),
    /^agents failed: node n2 has no agent/,
  ],
  [
    "ovn-controller stopped",
    ({ nodes }) => ({
      nodes,
      chassis: {
        value: [
          { name: "n1", hostname: "n1", answers: true },
          { name: "n2", hostname: "n2", answers: false },
        ],
      },
    }),
    /^chassis failed: the chassis n2 of node n2 does not answer -> start ovn-controller on n2/,
  ],
  ["Multus missing", () => ({ definition: { value: "no kind" } }), /^multus failed: .* not installed: nothing calls/],
  [
    "NetworkAttachmentDefinition deleted",
    () => ({ definition: { value: "no object" } }),
    /^multus failed: our NetworkAttachmentDefinition is missing/,
  ],
  [
    "clock off",
    ({ nowMs }) => ({
      apiServer: { value: { version: "1.34.4", nowMs: nowMs + 600_000 } },
      leader: { why: "not read" },
    }),
    /^clock failed: this machine is 600 s behind the API server/,
  ],
  [
    "two installs",
    ({ entries }) => {
      if ("why" in entries) throw new Error(entries.why);
      const second = entries.value.map((entry) => ({
        ...entry,
        configuration: `${entry.configuration}-2`,
        target: "other/ovn4nfv-webhook",
      }));
      return { entries: { value: [...entries.value, ...second] } };
    },
    /^installation failed: there are two installations: zz-ovn4nfv and zz-ovn4nfv-2 lead to/,
  ],
];

for (const [name, change, complaint] of faults) {
  test(`of the fault "${name}" the report names the cause, and nothing else fails`, async () => {
    const healthy = await healthyFacts();
    const found = complaints({ ...healthy, ...(await change(healthy)) });
    const failures = found.filter((line) => / failed: /.test(line));
    assert.equal(failures.length, 1, found.join("\n"));
    assert.match(failures[0] ?? "", complaint);
  });
}

test("a webhook of which one replica asks for no client certificate is a warning with the cure", async () => {
  const webhooks = ["n1", "n2"].map((node) => ({ node, ready: true, asksForCertificates: node === "n1" }));
  const found = complaints({ ...(await healthyFacts()), webhooks: { value: webhooks } });
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /^clients warning: the webhook asks for no client .* -> write the two files below/);
});
