import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untoldEndsOf } from "#test/hostile/container-exits.ts";
import { tellsOfStep } from "#test/hostile/faults/clocks.ts";
import type { PodObject } from "#test/stacks/lab/lab-stack.ts";
import { hasNotToEnd } from "#test/stacks/lab/pod-ends.ts";

/** A pod whose container ended with an exit code, either for good or before it was started again. */
function podThatEnded(exitCode: number, deletionTimestamp?: string, field = "state"): PodObject {
  const terminated = { containerID: "containerd://1", exitCode, reason: "x", finishedAt: "2026-01-01T00:00:00Z" };
  const ended = { restartCount: 0, [field]: { terminated } };
  return {
    metadata: { name: "p", uid: "u", ...(deletionTimestamp !== undefined && { deletionTimestamp }) },
    spec: {},
    status: { phase: "Running", containerStatuses: [ended] },
  } as unknown as PodObject;
}

const codes = (pod: PodObject): readonly number[] => untoldEndsOf(pod).map(({ exitCode }) => exitCode);

describe("the hostile soak", () => {
  it("excuses a container that ends well in a pod that is being deleted, as roll-outs do", () => {
    assert.deepEqual(codes(podThatEnded(0, "2026-01-01T00:00:00Z")), []);
    assert.deepEqual(codes(podThatEnded(137, "2026-01-01T00:00:00Z")), [137]);
  });

  it("reports a container that ends in a pod that stays, whatever its exit code", () => {
    assert.deepEqual(codes(podThatEnded(0)), [0]);
    assert.deepEqual(codes(podThatEnded(1)), [1]);
    assert.deepEqual(codes(podThatEnded(0, undefined, "lastState")), [0]);
  });

  it("knows a pod that is being deleted", () => {
    assert.deepEqual([podThatEnded(0), podThatEnded(0, "2026-01-01T00:00:00Z")].map(hasNotToEnd), [true, false]);
  });

  it("takes a clock's step as told by the line about that step alone", () => {
    const line = { msg: "the wall clock was stepped", steppedMs: -39_998 };
    assert.ok(tellsOfStep(line, -40));
    assert.ok(!tellsOfStep(line, 40), "it is the step back of another fault");
    assert.ok(!tellsOfStep({ ...line, msg: "the wall clock was stepped back" }, -40));
    assert.ok(!tellsOfStep({ msg: "the lease is judged by the monotonic clock" }, -40));
  });
});
