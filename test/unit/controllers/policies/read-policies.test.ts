import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { linesOfPolicy, policyColumns, reportPolicy } from "#src/commands/inspect/objects/policy-lines.ts";
import { printListing } from "#src/commands/output/print-rows.ts";
import { oddPolicies } from "#src/commands/doctor/stuck/read-stuck.ts";
import { viewPolicies } from "#src/controllers/policies/read-policies.ts";
import { interfaceResult, resultAnnotation } from "#test/fixtures/pods/interface-result.ts";

const meta = (name: string, more: object = {}) => ({
  name,
  namespace: "default",
  uid: name,
  resourceVersion: "1",
  ...more,
});
const policy = (name: string, policyFor: string, spec: object = {}) => ({
  metadata: meta(name, { annotations: { "k8s.v1.cni.cncf.io/policy-for": policyFor } }),
  spec: { podSelector: { matchLabels: { app: "db" } }, ...spec },
});
const pod = (name: string, app: string, network: string) => ({
  metadata: meta(name, {
    labels: { app },
    annotations: resultAnnotation(interfaceResult({ network, port: `${name}-net1` })),
  }),
  spec: { containers: [] },
});

const objects = {
  pods: [pod("db-0", "db", "blue"), pod("db-1", "db", "red"), pod("web-0", "web", "blue")],
  namespaces: [{ metadata: meta("default", { labels: { team: "t" } }) }],
  definitions: [{ metadata: meta("macvlan"), spec: { config: '{"type":"macvlan"}' } }],
  networks: ["blue", "green"],
};
const views = viewPolicies(
  [
    policy("one", "blue, red", { ingress: [{}] }),
    policy("empty", "green"),
    policy("elsewhere", "macvlan"),
    policy("typo", "bleu"),
    policy("named", "blue", { ingress: [{ ports: [{ port: "sql" }] }] }),
  ],
  objects,
);

describe("the policies as the API server has them", () => {
  it("have a line for each network, with the pods that they select there", () => {
    const table = printListing("table", views.map(reportPolicy), {
      linesOf: linesOfPolicy,
      columns: policyColumns,
      nameOf: ({ name }) => name,
    });
    assert.match(table, /^NAMESPACE +POLICY +NETWORK +ISOLATES +RULES +PODS +PROBLEM\n/);
    assert.match(table, /\ndefault +one +blue +ingress +1 +db-0\n/);
    assert.match(table, /\ndefault +one +red +ingress +1 +db-1\n/);
    assert.match(table, /\ndefault +empty +green +ingress +0 +- +no pod matches on green\n/);
    assert.match(table, /\ndefault +elsewhere +- +- +- +- +it is about networks of others\n/);
    assert.match(table, /\ndefault +typo +- .* there is no network bleu: create a Network/);
  });

  it("are told of by doctor when they select nobody, or allow what nobody has, and not when they are for others", () => {
    const odd = oddPolicies(views).map(({ name, why }) => `${name}: ${why}`);
    assert.equal(odd.length, 3);
    assert.match(odd[0] ?? "", /^empty: no pod on green has the labels/);
    assert.match(odd[1] ?? "", /^typo: there is no network bleu/);
    assert.match(odd[2] ?? "", /^named: ingress\[0\] allows the port sql, and no pod/);
  });
});
