import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyDecision, PolicyProblem } from "#src/controllers/policies/policy-decision.ts";
import { projectPolicy, type PolicyObject, servedVersion } from "#src/controllers/policies/policy-objects.ts";
import { PolicyReports } from "#src/controllers/policies/policy-reports.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";

const policy = (name: string): PolicyObject =>
  projectPolicy({
    metadata: { name, namespace: "default", uid: name, resourceVersion: "1" },
    spec: { podSelector: {} },
  });
const applied = {
  uid: "u",
  policy: "p",
  network: "blue",
  families: [],
  group: "g",
  isolates: ["ingress"],
  rules: [],
} as const;
const decision = (...problems: readonly PolicyProblem[]): PolicyDecision => ({ applied: [applied], problems });

function setUp() {
  const notes: EventNote[] = [];
  const metrics = createMetrics();
  const record = (note: EventNote): void => {
    notes.push(note);
  };
  const events = { record };
  return { notes, metrics, reports: new PolicyReports({ events, logger: silentLogger, metrics }) };
}

describe("the reports about policies", () => {
  it("say once what is wrong, and again when it is over", () => {
    const { notes, reports } = setUp();
    const one = policy("one");
    const wrong = { reason: "UnknownNetwork", message: "there is no network" } as const;
    reports.tell(new Map([[one, decision(wrong)]]));
    reports.tell(new Map([[one, decision(wrong)]]));
    reports.tell(new Map([[one, decision()]]));
    assert.deepEqual(
      notes.map(({ type, reason, message }) => [type, reason, message]),
      [
        ["Warning", "UnknownNetwork", "there is no network"],
        ["Normal", "Applied", "isolates ingress of the pods that it selects on blue"],
      ],
    );
  });

  it("do not repeat after a restart that policies are applied, and do say it of new ones", () => {
    const { notes, reports } = setUp();
    const [one, two] = [policy("one"), policy("two")];
    reports.tell(new Map([[one, decision()]]));
    assert.deepEqual(notes, []);
    reports.tell(
      new Map([
        [one, decision()],
        [two, decision()],
      ]),
    );
    assert.deepEqual(
      (notes as readonly EventNote[]).map(({ subject }) => subject.name),
      ["two"],
    );
  });

  it("count policies by their state, and take a port that nobody has yet for no fault", async () => {
    const { notes, metrics, reports } = setUp();
    reports.tell(
      new Map([
        [policy("one"), decision({ reason: "UnknownPort", message: "m" })],
        [policy("two"), { applied: [], problems: [] }],
        [policy("three"), decision({ reason: "Invalid", message: "m" })],
      ]),
    );
    const text = await metrics.registry.metrics();
    for (const state of ["applied", "faulty", "elsewhere"]) {
      assert.match(text, new RegExp(`ovn4nfv_policies\\{state="${state}"\\} 1`));
    }
    assert.equal(notes.length, 1);
  });
});

describe("the version of MultiNetworkPolicies", () => {
  const definition = (...versions: readonly (readonly [string, boolean])[]) => ({
    metadata: { name: "d", uid: "d", resourceVersion: "1" },
    spec: { versions: versions.map(([name, served]) => ({ name, served })) },
  });

  it("is the newest that is served and known, or none", () => {
    assert.equal(servedVersion(definition(["v1beta1", true], ["v1beta2", true])), "v1beta2");
    assert.equal(servedVersion(definition(["v1beta1", true], ["v1beta2", false])), "v1beta1");
    assert.equal(servedVersion(definition(["v1", true])), undefined);
    assert.equal(servedVersion(undefined), undefined);
  });
});
