import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { placeOfAllocation, placeOfSelector, placesOfPod } from "#src/controllers/floating/floating-pods.ts";
import { projectNetworkedPod } from "#src/controllers/pods/networked-pod.ts";

describe("the pods that a FloatingIP looks at", () => {
  const labels = { app: "shop", [annotationKeys.allocation.key]: "01A" };
  const metadata = { name: "a", namespace: "default", uid: "u", resourceVersion: "1", labels };
  const places = placesOfPod(projectNetworkedPod({ metadata }));

  it("are found by one of the labels of the selector, or all of the namespace without any", () => {
    assert.ok(places.includes(placeOfSelector("default", { matchLabels: { app: "shop", tier: "web" } })));
    assert.ok(places.includes(placeOfSelector("default", {})));
    assert.ok(!places.includes(placeOfSelector("other", { matchLabels: { app: "shop" } })));
    assert.ok(!places.includes(placeOfSelector("default", { matchLabels: { app: "other" } })));
  });

  it("are found by their allocation, in the namespace of its ports", () => {
    assert.ok(places.includes(placeOfAllocation({ namespace: "default", allocation: "01A" })));
    assert.ok(!places.includes(placeOfAllocation({ namespace: "other", allocation: "01A" })));
    assert.ok(!places.includes(placeOfAllocation({ namespace: "default", allocation: "01B" })));
  });
});
