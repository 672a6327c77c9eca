import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { printConformance, readConformance } from "#tools/docs/policy-conformance.ts";
import { tallies } from "#test/stacks/conformance/conformance-report.ts";
import { cyclonusPods, readSample } from "#test/stacks/conformance/cyclonus-cases.ts";
import { checksOf, differences } from "#test/stacks/conformance/run-cases.ts";

const open = { description: "one", tags: ["deny-all", "ingress"], checks: 10, sctp: 2, deviations: [] };
const deviating = { description: "two", tags: ["ingress"], checks: 6, sctp: 0, deviations: ["a", "b"] };

describe("the conformance of network policies", () => {
  it("counts cases, checks and agreements by tag", () => {
    assert.deepEqual(tallies([open, deviating]), {
      all: { cases: 2, checks: 16, agree: 14 },
      sctp: 2,
      tags: { "deny-all": { cases: 1, checks: 10, agree: 10 }, ingress: { cases: 2, checks: 16, agree: 14 } },
    });
  });

  it("is printed with the reason of each deviation", () => {
    const programs = { date: "2026-01-02", cyclonus: "v1", ovn: "1", openVswitch: "2" };
    const deviations = [{ description: "two", found: ["a", "b"], reason: "Nobody listens." }];
    const text = printConformance({ ...programs, ...tallies([open, deviating]), deviations });
    assert.match(text, /\| \*\*all cases\*\* \| 2 +\| 16 +\| 14 +\|/);
    assert.match(text, /^\* two: 2 checks\. Nobody listens\.$/m);
    assert.match(printConformance({ ...programs, ...tallies([open]), deviations: [] }), /There are none\.$/);
  });

  it("has a reason for each deviation that was found", () => {
    const silent = readConformance().deviations.filter(({ reason }) => reason === "");
    assert.deepEqual(silent, []);
  });
});

describe("a case of cyclonus", () => {
  it("differs where a pair is open that the model closes, and the other way round", () => {
    const model = { ports: ["TCP 80", "UDP 80"], allowed: { "TCP 80": ["x/a y/b"], "UDP 80": ["x/a y/b"] } };
    assert.deepEqual(differences(model, { "TCP 80": ["x/a y/b", "x/a y/c"] }), [
      "TCP 80 from x/a to y/c is open",
      "UDP 80 from x/a to y/b is closed",
    ]);
    assert.deepEqual(differences(model, model.allowed), []);
  });

  it("of the sample asks something of all pods", () => {
    for (const { steps } of readSample()) {
      for (const step of steps) {
        assert.deepEqual(step.pods, cyclonusPods.slice(0, 9));
        assert.ok(checksOf(step) >= 72);
      }
    }
  });
});
