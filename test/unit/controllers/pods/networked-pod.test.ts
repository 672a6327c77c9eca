import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { hasLabels } from "#src/api/network/label-selector.ts";
import { isAlikeIn, isServing, lives, projectNetworkedPod } from "#src/controllers/pods/networked-pod.ts";

const labels = { app: "fw", tier: "edge", [annotationKeys.allocation.key]: "01A" };
const metadata = { name: "one", namespace: "default", uid: "u", resourceVersion: "1", labels };
const deletionTimestamp = "2026-01-01T00:00:00Z";
const ready = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
const read = (more: object = {}, marks: object = {}) =>
  projectNetworkedPod({ metadata: { ...metadata, ...marks }, ...more });

describe("a pod with interfaces of ours", () => {
  it("gets traffic while it is ready and not being deleted", () => {
    assert.ok(isServing(read({ status: ready })));
    assert.ok(!isServing(read({ status: { conditions: [{ type: "Ready", status: "False" }] } })));
    assert.ok(!isServing(read()));
    assert.ok(!isServing(read({ status: ready }, { deletionTimestamp })));
  });

  it("lives until it has ended or is being deleted", () => {
    const living = (status: object, marks: object = {}) => lives(read({ spec: { nodeName: "n1" }, status }, marks));
    assert.deepEqual(
      [living({}), living({ phase: "Running" }), living({ phase: "Failed" }), living({}, { deletionTimestamp })],
      [true, true, false, false],
    );
    assert.equal(read().node, "");
    assert.equal(read({ spec: { nodeName: "n1" } }).node, "n1");
  });

  it("is ready, ending or finished as its status says, and nothing when that cannot be read", () => {
    const facts = (status: unknown, marks: object = {}) => {
      const pod = read({ status }, marks);
      assert.equal(pod.allocation, "01A");
      return [pod.ready, pod.ending, pod.finished];
    };
    assert.deepEqual(facts(ready), [true, false, false]);
    assert.deepEqual(facts(ready, { deletionTimestamp }), [true, true, false]);
    assert.deepEqual(facts({ phase: "Failed" }), [false, false, true]);
    assert.deepEqual(facts({ phase: 7, conditions: "none" }), [false, false, false]);
    assert.deepEqual(facts(undefined), [false, false, false]);
  });

  it("is selected by all labels, and not by some of them", () => {
    assert.ok(hasLabels(read().labels, { app: "fw", tier: "edge" }));
    assert.ok(hasLabels(read().labels, { app: "fw" }));
    assert.ok(!hasLabels(read().labels, { app: "fw", tier: "core" }));
    assert.ok(!hasLabels(read().labels, { app: "db" }));
  });

  it("has the named ports of its containers, and the routes that it asked for", () => {
    const ports = [{ name: "dns", containerPort: 53, protocol: "UDP" }, { containerPort: 80 }];
    const result = JSON.stringify([{ network: "mid", routes: [{ dst: "10.9.0.0/24" }] }]);
    const pod = read({ spec: { containers: [{ ports }] } }, { annotations: { [annotationKeys.result.key]: result } });
    assert.deepEqual(pod.ports, [{ name: "dns", protocol: "UDP", number: 53 }]);
    assert.deepEqual(
      pod.routes.map(({ network }) => network),
      ["mid"],
    );
  });

  it("is alike in the fields that somebody reads, whatever else changed", () => {
    const [before, after] = [read(), read({ status: ready })];
    assert.ok(isAlikeIn(["labels", "ports"], before, after));
    assert.ok(!isAlikeIn(["labels", "ready"], before, after));
    assert.ok(!isAlikeIn(["labels"], before, read({}, { labels: { app: "db" } })));
  });
});
