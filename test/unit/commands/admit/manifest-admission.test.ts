import assert from "node:assert/strict";
import { test } from "node:test";
import { admitManifest } from "#src/commands/admit/manifest-admission.ts";
import { AppError, refusal } from "#src/core/errors.ts";
import { allowed, patched } from "#webhooks/admission/response.ts";
import type { AdmissionRequest } from "#webhooks/admission/review.ts";

const context = { signal: new AbortController().signal, deadlineMs: Number.POSITIVE_INFINITY };
const pod = { kind: "Pod", metadata: { generateName: "web-", namespace: "dev" } };

test("the handler is asked as on a CREATE through the API server, and its patch applied", async () => {
  let seen: AdmissionRequest | undefined;
  const admitted = await admitManifest(
    pod,
    (request) => {
      seen = request;
      return Promise.resolve(patched([{ op: "add", path: "/metadata/labels", value: { a: "b" } }]));
    },
    true,
    context,
  );
  assert.equal(admitted.pod, "dev/web-*");
  assert.deepEqual(admitted.stored, { kind: "Pod", metadata: { ...pod.metadata, labels: { a: "b" } } });
  assert.deepEqual(
    [seen?.operation, seen?.namespace, seen?.name, seen?.dryRun, seen?.resource.resource],
    ["CREATE", "dev", "", true, "pods"],
  );
});

test("a refusal that is thrown is an answer, a fault is not", async () => {
  const details = { field: "x", value: 1, reason: "is wrong", remedy: "correct it" };
  const refuse = () => Promise.reject(refusal("Malformed", details));
  const { answer, stored } = await admitManifest(pod, refuse, true, context);
  assert.equal(answer.allowed, false);
  assert.equal(stored, undefined);
  const fail = () => Promise.reject(new AppError("NotConnected", "gone"));
  await assert.rejects(admitManifest(pod, fail, true, context), { code: "NotConnected" });
});

test("what is no pod is refused without asking", async () => {
  const { answer } = await admitManifest({ metadata: 1 }, () => Promise.resolve(allowed()), true, context);
  assert.equal(answer.allowed, false);
});
