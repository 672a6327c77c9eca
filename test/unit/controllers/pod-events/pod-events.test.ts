import assert from "node:assert/strict";
import { test } from "node:test";
import { podEvent, podEvents } from "#src/controllers/pod-events/pod-events.ts";
import { labelledPod } from "#test/fixtures/controllers/labelled-pod.ts";

test("each report says something of its own, in a sentence about the pod", () => {
  const notes = (Object.keys(podEvents) as (keyof typeof podEvents)[]).map((name) =>
    podEvent(labelledPod(), name, "port x"),
  );
  assert.equal(new Set(notes.map(({ message }) => message)).size, notes.length);
  for (const { subject, reason, message } of notes) {
    assert.deepEqual(
      [subject.kind, subject.namespace, subject.name, subject.uid],
      ["Pod", "default", "web", "uid-web"],
    );
    assert.match(reason, /^[A-Z][A-Za-z]+$/);
    assert.match(message, /^[A-Z].*\.$/);
  }
  assert.match(podEvent(labelledPod(), "conflict", "port x").message, /port x/);
});
