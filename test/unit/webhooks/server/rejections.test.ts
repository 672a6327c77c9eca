import assert from "node:assert/strict";
import { test } from "node:test";
import { printRejection, type Rejection, rejections } from "#webhooks/server/rejections.ts";

test("every rejection is a metav1.Status with the status that is sent", () => {
  for (const [name, { status, reason }] of Object.entries(rejections)) {
    const body = JSON.parse(printRejection(name as Rejection)) as Record<string, unknown>;
    assert.equal(body["kind"], "Status");
    assert.equal(body["apiVersion"], "v1");
    assert.equal(body["status"], "Failure");
    assert.equal(body["code"], status);
    assert.equal(body["reason"], reason);
    assert.ok(status >= 400 && status <= 599);
  }
});

test("a detail comes after the message", () => {
  const { message } = JSON.parse(printRejection("Undecodable", "request.uid: Required")) as { message: string };
  assert.equal(message, "the body is not an admission.k8s.io/v1 AdmissionReview: request.uid: Required");
});
