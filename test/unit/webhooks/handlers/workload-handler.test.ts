import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppliedWorkload } from "#src/pods/workload/judge-workload.ts";
import { reviewRequest } from "#test/fixtures/webhooks/review-request.ts";
import type { AdmissionRequest } from "#webhooks/admission/review.ts";
import { createWorkloadHandler } from "#webhooks/handlers/workload-handler.ts";

const context = { signal: new AbortController().signal, deadlineMs: 1_000 };
const object = { metadata: { name: "web" } };
const before = { metadata: { name: "before" } };

/** The workload that the judge gets for a review of the Deployment. */
async function asked(changes: Partial<AdmissionRequest>): Promise<AppliedWorkload | undefined> {
  let seen: AppliedWorkload | undefined;
  const handler = createWorkloadHandler((workload) => {
    seen = workload;
    return Promise.resolve({ kind: "unchanged", warnings: ["odd"] });
  });
  const answer = await handler(reviewRequest("Deployment", object, changes), context);
  assert.deepEqual(answer, { allowed: true, patch: [], ...(seen && { warnings: ["odd"] }) });
  return seen;
}

test("a new workload is judged without the one before, a changed one with it", async () => {
  const workload = { kind: "Deployment", apiVersion: "apps/v1", namespace: "default", object };
  assert.deepEqual(await asked({}), { ...workload, before: undefined });
  assert.deepEqual(await asked({ operation: "UPDATE", oldObject: before }), { ...workload, before });
});

test("other reviews are allowed without asking", async () => {
  assert.equal(await asked({ operation: "DELETE", oldObject: before }), undefined);
  assert.equal(await asked({ operation: "UPDATE" }), undefined);
  assert.equal(await asked({ object: undefined }), undefined);
});
