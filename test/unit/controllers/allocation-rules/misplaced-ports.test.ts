import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AllocationAction } from "#src/controllers/allocation-rules/allocation-actions.ts";
import { leaveMisplaced } from "#src/controllers/allocation-rules/misplaced-ports.ts";
import { labelledPod, row } from "#test/fixtures/controllers/labelled-pod.ts";

const pod = labelledPod();
const odd = { ...row("uid-web"), uuid: "odd", name: "odd" };
const other = { ...row("uid-web"), uuid: "other", name: "other" };
const rows = [odd, other];
const left = { do: "leave-alone", pod, rows: [odd], switches: ["blue", "red"] } as const;
const again = { do: "check-again", afterMs: 60_000 } as const;

function leave(...actions: readonly AllocationAction[]): readonly AllocationAction[] {
  return leaveMisplaced(actions, [pod], rows, ({ uuid }) => (uuid === "odd" ? ["blue", "red"] : ["blue"]));
}

describe("ports on several switches", () => {
  it("are taken out of what deletes and corrects ports, and reported", () => {
    const release = { do: "release", pod, why: "ended" } as const;
    assert.deepEqual(leave({ ...release, rows }), [{ ...release, rows: [other] }, left, again]);
    assert.deepEqual(leave({ do: "sweep", rows: [odd] }), [left, again]);
    assert.deepEqual(leave({ do: "delete-unowned", podUid: "u", rows }), [
      { do: "delete-unowned", podUid: "u", rows: [other] },
      left,
      again,
    ]);
    assert.deepEqual(leave({ do: "correct", pod, changed: ["odd", "other"] }), [
      { do: "correct", pod, changed: ["other"] },
      left,
      again,
    ]);
  });

  it("are bound like others, since their pod needs them", () => {
    const bind = { do: "bind", pod, rows, chassis: undefined } as const;
    assert.deepEqual(leave(bind), [bind, left, again]);
  });

  it("change nothing where there are none", () => {
    const actions = [{ do: "sweep", rows }] as const;
    assert.equal(
      leaveMisplaced(actions, [], rows, () => ["blue"]),
      actions,
    );
  });
});
