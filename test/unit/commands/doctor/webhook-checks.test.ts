import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trial } from "#src/commands/doctor/facts.ts";
import { judgeCertificate, judgeClients, judgeInstalls, judgeTrial } from "#src/commands/doctor/webhook-checks.ts";
import { healthyFacts, issue, serviceName } from "#test/fixtures/commands/healthy-facts.ts";

test("a certificate for another name is reported with both names", async () => {
  const { cert, ca } = await issue("elsewhere.example.org");
  const facts = await healthyFacts();
  const entries = "value" in facts.entries ? facts.entries.value.map((entry) => ({ ...entry, caBundle: ca })) : [];
  const found = judgeCertificate({
    ...facts,
    entries: { value: entries },
    serving: { value: { chain: cert, name: serviceName } },
  });
  assert.match(found[0]?.says ?? "", new RegExp(`for DNS:elsewhere\\.example\\.org, not for ${serviceName}`));
});

test("an empty caBundle is reported with configuration and entry", async () => {
  const facts = await healthyFacts();
  const entries = "value" in facts.entries ? facts.entries.value.map((entry) => ({ ...entry, caBundle: "" })) : [];
  const found = judgeCertificate({ ...facts, entries: { value: entries } });
  assert.deepEqual(
    found.map(({ says }) => /(\S+), entry .*: caBundle is empty/.exec(says)?.[1]),
    ["zz-ovn4nfv", "ovn4nfv"],
  );
});

test("a certificate that should have been renewed by now is a warning", async () => {
  const facts = await healthyFacts();
  const found = judgeCertificate({ ...facts, nowMs: facts.nowMs + 23 * 3_600_000 });
  assert.deepEqual(
    found.map(({ health }) => health),
    ["warning"],
  );
});

test("without a configuration that asks about pods the installation is missing", async () => {
  const facts = { ...(await healthyFacts()), entries: { value: [] } };
  assert.match(judgeInstalls(facts)[0]?.says ?? "", /no webhook configuration calls our webhook/);
});

test("each end of the trial pod has a line of its own", async () => {
  const facts = await healthyFacts();
  const replicas = (ready: number) =>
    ["n1", "n2"].map((node, index) => ({ node, ready: index < ready, asksForCertificates: true }));
  const line = (value: Trial, ready = 2) => {
    const [finding] = judgeTrial({ ...facts, trial: { value }, webhooks: { value: replicas(ready) } });
    return `${finding?.health ?? ""}: ${finding?.says ?? ""} -> ${finding?.cure ?? ""}`;
  };
  assert.match(line({ kind: "judged" }), /^ok: .* from 2 replicas/);
  assert.match(line({ kind: "judged" }, 1), /^warning: .*only one replica/);
  assert.match(line({ kind: "not asked" }), /^failed: .*without a call of the webhook/);
  assert.match(line({ kind: "no backend", message: "NB is gone" }), /^failed: NB is gone -> see the line northbound/);
  assert.match(line({ kind: "not reached", message: "x509: unknown authority" }), /-> see the line certificate$/);
  assert.match(line({ kind: "not reached", message: "context deadline exceeded" }), /-> open the way/);
  assert.match(line({ kind: "not reached", message: "no endpoints" }, 0), /^failed: no replica is ready/);
  assert.match(line({ kind: "other", message: "quota" }), /^unknown: .*quota/);
});

test("where no client certificate is asked for, the files for the API server are shown with the name that it calls", async () => {
  const facts = await healthyFacts();
  const open = { value: [{ node: "n1", ready: true, asksForCertificates: false }] };
  const [finding] = judgeClients({ ...facts, webhooks: open });
  assert.equal(finding?.health, "warning");
  assert.match(finding.example ?? "", /kind: AdmissionConfiguration/);
  assert.match(finding.example ?? "", /name: ovn4nfv-webhook\.ovn4nfv-system\.svc\n/);
  assert.deepEqual(judgeClients({ ...facts, webhooks: { why: "pods is forbidden" } }), []);
});
