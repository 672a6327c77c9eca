import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "#src/core/errors.ts";
import { answerOf } from "#webhooks/handlers/decision-answer.ts";

const warnings = ["odd"];
const patch = [{ op: "remove", path: "/metadata/labels" }] as const;
const details = { field: "x", value: 1, reason: "is wrong", remedy: "correct it" };

test("an unchanged pod is allowed without a patch, with the warnings", () => {
  assert.deepEqual(answerOf({ kind: "unchanged", warnings }), { allowed: true, patch: [], warnings });
});

test("a patch without an allocation has nothing to roll back", () => {
  const answer = answerOf({ kind: "patched", patch, warnings, reservation: undefined });
  assert.deepEqual(answer, { allowed: true, patch, warnings });
});

test("an allocation is named in the audit event, and rolled back or confirmed with the answer", () => {
  const confirm = () => {};
  const rollBack = () => Promise.resolve();
  const answer = answerOf({ kind: "patched", patch, warnings, reservation: { allocation: "01A", confirm, rollBack } });
  const auditAnnotations = { allocation: "01A" };
  assert.deepEqual(answer, { allowed: true, patch, warnings, auditAnnotations, onHandedOver: confirm, rollBack });
});

test("a refusal keeps the warnings, and names who holds the address in the audit event only", () => {
  const error = refusal("AddressInUse", { ...details, holder: "pod other/db" });
  const answer = answerOf({ kind: "refused", error, warnings });
  assert.deepEqual(answer, { allowed: false, error, warnings, auditAnnotations: { holder: "pod other/db" } });
  assert.doesNotMatch(error.message, /db/);
  const other = refusal("Malformed", details);
  assert.deepEqual(answerOf({ kind: "refused", error: other, warnings }), { allowed: false, error: other, warnings });
});
