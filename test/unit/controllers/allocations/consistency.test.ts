import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isConsistent, storedResultOf } from "#src/controllers/allocations/consistency.ts";
import { labelledPod, portName, row } from "#test/fixtures/controllers/labelled-pod.ts";

describe("isAtRest", () => {
  const rows = [row("uid-web")];

  it("is true for a living pod whose ports are all bound to it", () => {
    assert.ok(isConsistent([labelledPod()], rows));
  });

  it("is false for whatever needs a decision", () => {
    const deleted = { deletionTimestamp: "2026-01-01T01:00:00Z" };
    assert.ok(!isConsistent([], rows));
    assert.ok(!isConsistent([labelledPod()], []));
    assert.ok(!isConsistent([labelledPod()], [row("")]));
    assert.ok(!isConsistent([labelledPod()], [row("uid-other")]));
    assert.ok(!isConsistent([labelledPod()], [{ ...row("uid-web"), name: "another" }]));
    assert.ok(!isConsistent([labelledPod(), labelledPod({ uid: "uid-copy" })], rows));
    assert.ok(!isConsistent([labelledPod({ metadata: deleted })], rows));
    assert.ok(!isConsistent([labelledPod({ metadata: { finalizers: [] } })], rows));
    assert.ok(!isConsistent([labelledPod({ status: { phase: "Succeeded" } })], rows));
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
