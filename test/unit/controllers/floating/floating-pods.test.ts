import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { placeOfSelector, placesOfPod, projectFloatingPod } from "#src/controllers/floating/floating-pods.ts";

const raw = (status: unknown, metadata: object = {}) => ({
  metadata: {
    name: "a",
    namespace: "default",
    uid: "u",
    resourceVersion: "1",
    labels: { app: "shop", [annotationKeys.allocation.key]: "01A" },
    ...metadata,
  },
  status,
});

describe("the pods that a FloatingIP looks at", () => {
  it("are ready, going or finished as their status says, and nothing when it cannot be read", () => {
    const ready = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
    const read = (status: unknown, metadata: object = {}) => {
      const { ready: isReady, going, finished, allocation } = projectFloatingPod(raw(status, metadata));
      assert.equal(allocation, "01A");
      return [isReady, going, finished];
    };
    assert.deepEqual(read(ready), [true, false, false]);
    assert.deepEqual(read(ready, { deletionTimestamp: "2026-11-29T00:00:00Z" }), [true, true, false]);
    assert.deepEqual(read({ phase: "Failed" }), [false, false, true]);
    assert.deepEqual(read({ phase: 7, conditions: "none" }), [false, false, false]);
    assert.deepEqual(read(undefined), [false, false, false]);
  });

  it("are found by one of the labels of the selector, or all of the namespace without any", () => {
    const places = placesOfPod(projectFloatingPod(raw({})));
    assert.ok(places.includes(placeOfSelector("default", { matchLabels: { app: "shop", tier: "web" } })));
    assert.ok(places.includes(placeOfSelector("default", {})));
    assert.ok(!places.includes(placeOfSelector("other", { matchLabels: { app: "shop" } })));
    assert.ok(!places.includes(placeOfSelector("default", { matchLabels: { app: "other" } })));
  });
});
