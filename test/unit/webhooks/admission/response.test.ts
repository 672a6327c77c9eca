import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, refusal } from "#src/core/errors.ts";
import {
  type AdmissionAnswer,
  allowed,
  denied,
  patched,
  printReview,
  publicMessage,
  answerLabel,
} from "#webhooks/admission/response.ts";

const print = (answer: AdmissionAnswer): unknown => JSON.parse(printReview("uid-1", answer));

const inUse = refusal("AddressInUse", {
  field: "interface[0].ipAddress",
  value: "10.1.0.7",
  reason: "is held by another port",
  remedy: "ask for another address",
});

test("an answer without patch has neither patch nor patchType", () => {
  const expected = {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: "uid-1", allowed: true },
  };
  assert.deepEqual(print(allowed()), expected);
  assert.deepEqual(print(patched([])), expected);
});

test("a patch is base64 of JSON and comes with its type", () => {
  const operations = [{ op: "add", path: "/metadata/labels", value: { ä: "ö" } }] as const;
  const { response } = print(patched(operations)) as { response: { patch: string; patchType: string } };
  assert.equal(response.patchType, "JSONPatch");
  assert.deepEqual(JSON.parse(Buffer.from(response.patch, "base64").toString()), operations);
});

test("a refusal has its code, its reason and its whole message", () => {
  const { response } = print(denied(inUse)) as { response: unknown };
  assert.deepEqual(response, {
    uid: "uid-1",
    allowed: false,
    status: {
      status: "Failure",
      code: 409,
      reason: "AddressInUse",
      message: 'AddressInUse: interface[0].ipAddress "10.1.0.7" is held by another port; ask for another address',
    },
  });
  assert.equal(answerLabel(denied(inUse)), "AddressInUse");
});

test("for a defect the user reads the meaning of its code, not the error that was thrown", () => {
  const error = new AppError("Internal", "cannot read properties of undefined at /srv/secret.ts:7");
  assert.equal(publicMessage(error), "Internal: This software has a defect. Report it with the log line.");
  assert.doesNotMatch(printReview("uid-1", denied(error)), /secret/);
});

test("warnings and audit annotations go with allowing and with refusing answers", () => {
  const extras = { warnings: ["the key is unknown"], auditAnnotations: { holder: "ns/pod" } };
  for (const answer of [allowed(extras), patched([], extras), denied(inUse, extras)]) {
    const { response } = print(answer) as { response: Record<string, unknown> };
    assert.deepEqual(response["warnings"], extras.warnings);
    assert.deepEqual(response["auditAnnotations"], extras.auditAnnotations);
  }
});
