import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationWrittenAt } from "#src/commands/view/pod/written-at.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

const wrote = (time: string, ...annotations: readonly string[]) => ({
  time,
  fieldsV1: { "f:metadata": { "f:annotations": Object.fromEntries(annotations.map((one) => [`f:${one}`, {}])) } },
});
const podWritten = (managedFields: unknown) =>
  ({ metadata: { name: "a", uid: "u", resourceVersion: "1", managedFields } }) as unknown as KubeObject;

test("the time is that of the last writer of the annotation", () => {
  const early = wrote("2026-01-01T00:00:01Z", "status", "other");
  const late = wrote("2026-01-01T00:00:05Z", "status");
  const pod = podWritten([early, late, wrote("2026-01-01T00:00:09Z", "other"), { time: "2026-01-01T00:00:10Z" }]);
  assert.equal(annotationWrittenAt(pod, "status"), "2026-01-01T00:00:05Z");
  assert.equal(annotationWrittenAt(pod, "none"), undefined);
});

test("fields of another form, or none, have no time", () => {
  for (const managedFields of [undefined, "x", [1], [{ fieldsV1: { "f:metadata": 7 } }]]) {
    assert.equal(annotationWrittenAt(podWritten(managedFields), "status"), undefined);
  }
});
