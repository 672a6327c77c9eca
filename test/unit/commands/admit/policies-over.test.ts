import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { printGroupSelector } from "#src/api/policy/group-selector.ts";
import { policiesOver } from "#src/commands/admit/policies-over.ts";
import { externalId, type ExternalIdName, ownerValue } from "#src/ovn/external-ids.ts";
import { fakeRows } from "#test/fakes/ovn/fake-nb.ts";
import { interfaceResult, resultAnnotation } from "#test/fixtures/pods/interface-result.ts";

const ids = (marks: Readonly<Partial<Record<ExternalIdName, string>>>) =>
  new Map(Object.entries(marks).map(([key, value]) => [externalId(key as ExternalIdName), value] as const));
const group = (network: string, app: string, ...acls: readonly string[]) => ({
  name: "g",
  ports: new Set(),
  acls: new Set(acls),
  external_ids: ids({
    owner: ownerValue,
    members: printGroupSelector({ network, namespace: "default", pods: { matchLabels: { app } } }),
  }),
});
const isolate = (direction: string, policy: string) => ({
  direction,
  external_ids: ids({ owner: ownerValue, row: "policies/isolate/g/x", policy }),
});
const nb = fakeRows({
  Port_Group: {
    g1: group("blue", "db", "a1", "a2", "a3"),
    g2: group("red", "db", "a1"),
    g3: group("blue", "web", "a1"),
  },
  ACL: {
    a1: isolate("to-lport", "default/closed"),
    a2: isolate("from-lport", "default/quiet"),
    a3: {
      direction: "to-lport",
      external_ids: ids({ owner: ownerValue, row: "policies/rule/u/g/0", policy: "default/open" }),
    },
  },
});
const stored = (app: string, network: string) => ({
  metadata: {
    name: "db-0",
    namespace: "default",
    labels: { app },
    annotations: resultAnnotation(interfaceResult({ network })),
  },
  spec: {},
});
const decision = { kind: "unchanged", warnings: [] } as const;

describe("the policies over a pod that is tried", () => {
  it("are those that isolate its ports, with the direction", () => {
    assert.deepEqual(policiesOver({ pod: "default/db-0", decision, stored: stored("db", "blue") }, nb), [
      "default/db-0: its interface net1 on blue is isolated by default/closed (ingress) and default/quiet (egress)",
    ]);
  });

  it("are none on other networks, for other labels, and for a pod that is refused or asks for nothing", () => {
    assert.deepEqual(policiesOver({ pod: "p", decision, stored: stored("db", "green") }, nb), []);
    assert.deepEqual(policiesOver({ pod: "p", decision, stored: stored("cache", "blue") }, nb), []);
    assert.deepEqual(policiesOver({ pod: "p", decision, stored: undefined }, nb), []);
    assert.deepEqual(policiesOver({ pod: "p", decision, stored: { metadata: { name: "p" } } }, nb), []);
  });
});
