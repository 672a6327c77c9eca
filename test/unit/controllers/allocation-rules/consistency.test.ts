import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isConsistent, storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import { labelledPod, portName, row } from "#test/fixtures/controllers/labelled-pod.ts";

const asWritten = () => true;

describe("isConsistent", () => {
  const rows = [row("uid-web")];

  it("is true for a living pod whose ports are all bound to it", () => {
    assert.ok(isConsistent([labelledPod()], rows, asWritten));
  });

  it("is false for whatever needs a decision", () => {
    const deleted = { deletionTimestamp: "2026-01-01T01:00:00Z" };
    assert.ok(!isConsistent([], rows, asWritten));
    assert.ok(!isConsistent([labelledPod()], [], asWritten));
    assert.ok(!isConsistent([labelledPod()], [row("")], asWritten));
    assert.ok(!isConsistent([labelledPod()], [row("uid-other")], asWritten));
    assert.ok(!isConsistent([labelledPod()], [{ ...row("uid-web"), name: "another" }], asWritten));
    assert.ok(!isConsistent([labelledPod()], [...rows, { ...row("uid-web"), name: "another" }], asWritten));
    assert.ok(!isConsistent([labelledPod(), labelledPod({ uid: "uid-copy" })], rows, asWritten));
    assert.ok(!isConsistent([labelledPod({ metadata: deleted })], rows, asWritten));
    assert.ok(!isConsistent([labelledPod({ metadata: { finalizers: [] } })], rows, asWritten));
    assert.ok(!isConsistent([labelledPod({ status: { phase: "Succeeded" } })], rows, asWritten));
  });
});

describe("isConsistent of a pod whose row or result was edited", () => {
  it("is false when the row is not as the result says, or the result says nothing", () => {
    const rows = [row("uid-web")];
    assert.ok(!isConsistent([labelledPod()], rows, () => false));
    const edited = labelledPod({ metadata: { annotations: { [annotationKeys.result.key]: "no result" } } });
    assert.ok(!isConsistent([edited], rows, asWritten));
  });
});

describe("resultOf", () => {
  it("reads the ports of the result, and none where it is not ours", () => {
    assert.deepEqual(
      storedResultOf(labelledPod()).map(({ port }) => port),
      [portName],
    );
    assert.deepEqual(storedResultOf(labelledPod({ metadata: { annotations: {} } })), []);
  });
});
