import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewPod } from "#src/pods/pod-decision.ts";
import { reviewRequest } from "#test/fixtures/webhooks/review-request.ts";
import { createPodHandler } from "#webhooks/handlers/pod-handler.ts";

const context = { signal: new AbortController().signal, deadlineMs: 1_000 };
const pod = { metadata: { name: "web" } };

test("the pod that is being created is decided about, for the user of the review", async () => {
  const seen: NewPod[] = [];
  const handler = createPodHandler((created, call) => {
    assert.equal(call, context);
    seen.push(created);
    return Promise.resolve({ kind: "unchanged", warnings: ["odd"] });
  });
  const userInfo = { username: "alice", uid: "" };
  const request = reviewRequest("Pod", pod, { userInfo, dryRun: true });
  assert.deepEqual(await handler(request, context), { allowed: true, patch: [], warnings: ["odd"] });
  assert.deepEqual(seen, [{ object: pod, namespace: "default", dryRun: true, username: "alice" }]);
  assert.equal(seen[0]?.object, request.object, "the object is not copied");
});

test("other operations, and a review without an object, pass untouched", async () => {
  const handler = createPodHandler(() => assert.fail("was asked"));
  for (const changes of [{ operation: "UPDATE" }, { operation: "DELETE" }, { object: undefined }] as const) {
    assert.deepEqual(await handler(reviewRequest("Pod", pod, changes), context), { allowed: true, patch: [] });
  }
});
