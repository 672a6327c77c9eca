import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClaimOutcome } from "#src/controllers/claims/claim-decision.ts";
import { claimStatus } from "#src/controllers/claims/claim-status.ts";
import { condition } from "#src/controllers/conditions/conditions.ts";
import { claimObject } from "#test/fixtures/controllers/ipam-claims.ts";

const said = condition("IPsAllocated", true, "SuccessfulAllocation", "IP addresses successfully allocated");
const outcome: ClaimOutcome = { ips: ["10.0.0.5/24"], pod: "db-0", condition: said };
const now = "2026-01-01T00:00:00Z";

test("the status has the form of the standard, and is written once", () => {
  const status = claimStatus(claimObject(), outcome, now);
  assert.deepEqual(status, {
    ips: ["10.0.0.5/24"],
    ownerPod: { name: "db-0" },
    conditions: [{ ...said, lastTransitionTime: now, observedGeneration: 1 }],
  });
  assert.equal(claimStatus(claimObject({ status }), outcome, "2026-01-02T00:00:00Z"), undefined);
});

test("addresses never change once they are there, and conditions of others stay", () => {
  const other = { type: "Other", status: "Unknown", reason: "Some", message: "", lastTransitionTime: now };
  const before = { ips: ["10.0.0.9/24"], conditions: [other] };
  const status = claimStatus(claimObject({ status: before }), outcome, now);
  assert.deepEqual(
    [status?.ips, status?.conditions?.map(({ type }) => type)],
    [["10.0.0.9/24"], ["Other", "IPsAllocated"]],
  );
});

test("a claim that no pod has names none", () => {
  const status = claimStatus(claimObject(), outcome, now);
  assert.equal(claimStatus(claimObject({ status }), { ...outcome, pod: undefined }, now)?.ownerPod, null);
});
