import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventNote, eventBody, newSeries, seriesKey, seriesPatch } from "#src/kube/events/event-series.ts";

const at = Date.UTC(2026, 0, 1);
const note: EventNote = {
  subject: { apiVersion: "v1", kind: "Pod", namespace: "a", name: "web-1", uid: "u1" },
  type: "Warning",
  reason: "AddressInUse",
  message: "10.0.0.5 is held by another port",
};

test("the same subject, type and reason is one series, whatever the message", () => {
  assert.equal(seriesKey(note), seriesKey({ ...note, message: "another" }));
  assert.notEqual(seriesKey(note), seriesKey({ ...note, reason: "MacInUse" }));
  assert.notEqual(seriesKey(note), seriesKey({ ...note, subject: { ...note.subject, uid: "u2" } }));
});

test("an Event says what, about whom, since when and how often", () => {
  const series = newSeries(note, at, 3, () => 0.5);
  assert.deepEqual(eventBody(note, series, "ovn4nfv-controller", "pod-1"), {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `web-1.${at.toString(16)}80000000`, namespace: "a" },
    involvedObject: note.subject,
    type: "Warning",
    reason: "AddressInUse",
    message: note.message,
    source: { component: "ovn4nfv-controller" },
    reportingComponent: "ovn4nfv-controller",
    reportingInstance: "pod-1",
    firstTimestamp: "2026-01-01T00:00:00.000Z",
    lastTimestamp: "2026-01-01T00:00:00.000Z",
    count: 3,
  });
});

test("the Event of a cluster object lives in default, and long names and messages are cut", () => {
  const long = {
    ...note,
    subject: { apiVersion: "v1", kind: "Node", name: `${"n".repeat(230)}${"-".repeat(23)}`, uid: "u" },
    message: "m".repeat(5000),
  };
  const series = newSeries(long, at, 1, () => 0.999);
  assert.equal(series.namespace, "default");
  assert.ok(series.name.length <= 253);
  assert.match(series.name, /n\.[0-9a-f]+$/);
  assert.equal((seriesPatch(long, series) as { message: string }).message.length, 1024);
});
