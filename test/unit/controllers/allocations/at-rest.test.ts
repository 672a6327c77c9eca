import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAtRest, storedResultOf } from "#src/controllers/allocations/at-rest.ts";
import { labelledPod, portName, row } from "#test/fixtures/controllers/labelled-pod.ts";

describe("isAtRest", () => {
  const rows = [row("uid-web")];

  it("is true for a living pod whose ports are all bound to it", () => {
    assert.ok(isAtRest([labelledPod()], rows));
  });

  it("is false for whatever needs a decision", () => {
    const deleted = { deletionTimestamp: "2026-01-01T01:00:00Z" };
    assert.ok(!isAtRest([], rows));
    assert.ok(!isAtRest([labelledPod()], []));
    assert.ok(!isAtRest([labelledPod()], [row("")]));
    assert.ok(!isAtRest([labelledPod()], [row("uid-other")]));
    assert.ok(!isAtRest([labelledPod()], [{ ...row("uid-web"), name: "another" }]));
    assert.ok(!isAtRest([labelledPod(), labelledPod({ uid: "uid-copy" })], rows));
    assert.ok(!isAtRest([labelledPod({ metadata: deleted })], rows));
    assert.ok(!isAtRest([labelledPod({ metadata: { finalizers: [] } })], rows));
    assert.ok(!isAtRest([labelledPod({ status: { phase: "Succeeded" } })], rows));
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
