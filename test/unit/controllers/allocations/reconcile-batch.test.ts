import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReconcileBatch } from "#src/controllers/allocations/reconcile-batch.ts";
import { AppError } from "#src/core/errors.ts";
import { labelledPod } from "#test/fixtures/controllers/labelled-pod.ts";

describe("ReconcileBatch", () => {
  it("gives the actions of one kind, with their allocations", () => {
    const batch = new ReconcileBatch();
    const pod = labelledPod();
    batch.add("a", { do: "strip-copy", pod });
    batch.add("b", { do: "restore-finalizer", pod });
    assert.deepEqual(
      batch.of("strip-copy").map(([id]) => id),
      ["a"],
    );
  });

  it("looks again at the soonest of several times, and a failure counts more than any time", () => {
    const batch = new ReconcileBatch();
    batch.checkAgain("a", 500);
    batch.checkAgain("a", 100);
    batch.checkAgain("a", 900);
    assert.deepEqual(batch.outcomes.get("a"), { requeueAfterMs: 100 });
    const error = new AppError("Internal", "no");
    batch.failed("a", error);
    batch.checkAgain("a", 1);
    assert.deepEqual(batch.outcomes.get("a"), { error });
  });
});
