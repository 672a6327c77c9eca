import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ActionPatience } from "#src/controllers/allocation-rules/action-patience.ts";
import type { AllocationAction } from "#src/controllers/allocation-rules/allocation-actions.ts";
import { labelledPod, row } from "#test/fixtures/controllers/labelled-pod.ts";

const settleMs = 2_000;
const pod = labelledPod();
const reCreate = (...missing: readonly string[]): AllocationAction => ({ do: "re-create", pod, missing });
const down: AllocationAction = { do: "report-down", pod, down: ["a-net1"] };

describe("ActionPatience", () => {
  it("lets what is safe at once be done at once", () => {
    const actions: readonly AllocationAction[] = [{ do: "bind", pod, rows: [row("")], chassis: undefined }];
    assert.equal(new ActionPatience(settleMs).observe("a", actions, 0).size, 0);
  });

  it("makes a re-creation wait until it was found again after the settle time, for the same ports", () => {
    const patience = new ActionPatience(settleMs);
    const [first, other] = [reCreate("a-net1"), reCreate("a-net2")];
    assert.deepEqual([...patience.observe("a", [first], 0)], [[first, settleMs]]);
    assert.deepEqual([...patience.observe("a", [first], 500)], [[first, 1_500]]);
    assert.deepEqual([...patience.observe("a", [other], 2_000)], [[other, settleMs]]);
    assert.deepEqual([...patience.observe("a", [other], 4_000)], []);
  });

  it("makes the deletion of bound ports wait, and of reservations not", () => {
    const drop = (uid: string): AllocationAction => ({ do: "drop-attempts", pod, rows: [row(uid)], isSure: false });
    const [bound, reserved] = [drop("uid-web"), drop("")];
    assert.deepEqual([...new ActionPatience(settleMs).observe("a", [bound, reserved], 0)], [[bound, settleMs]]);
  });

  it("makes the report of an older result wait, because the informer may be behind, and no other report", () => {
    const report = (problem: "replayed" | "forged"): AllocationAction => ({
      do: "report",
      pod,
      problem,
      holdsPorts: true,
    });
    const [old, forged] = [report("replayed"), report("forged")];
    assert.deepEqual([...new ActionPatience(settleMs).observe("a", [old, forged], 0)], [[old, settleMs]]);
  });

  it("makes the report of a port that is down wait for 30 seconds, whatever else waits", () => {
    const patience = new ActionPatience(settleMs);
    const missing = reCreate("a-net2");
    assert.deepEqual(
      new Set(patience.observe("a", [down, missing], 0)),
      new Set([
        [down, 30_000],
        [missing, settleMs],
      ] as const),
    );
    assert.deepEqual([...patience.observe("a", [down, missing], 29_000)], [[down, 1_000]]);
    assert.deepEqual([...patience.observe("a", [down], 30_000)], []);
  });
});
