import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OperationResult } from "ovsdb-client";
import { CatchUp } from "#src/ipam/watch/catch-up.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

/** Takes the questions, and answers the oldest one when the test says so. */
class Questions {
  readonly deadlines: (number | undefined)[] = [];
  readonly #answers: ((error?: Error) => void)[] = [];

  readonly transact = (
    operations: readonly unknown[],
    limits?: { readonly deadlineMs?: number },
  ): Promise<readonly OperationResult[]> => {
    assert.deepEqual(operations, []);
    this.deadlines.push(limits?.deadlineMs);
    return new Promise((resolve, reject) => {
      this.#answers.push((error) => {
        if (error === undefined) resolve([]);
        else reject(error);
      });
    });
  };

  async answer(error?: Error): Promise<void> {
    this.#answers.shift()?.(error);
    await settled();
  }
}

function waiting(catchUp: CatchUp): { done: boolean } {
  const state = { done: false };
  void catchUp.wait().then(() => {
    state.done = true;
  });
  return state;
}

describe("a replica that catches up", () => {
  it("asks once for all who come while a question is on its way, after it is answered", async () => {
    const questions = new Questions();
    const catchUp = new CatchUp(new ManualClock(), () => questions);
    const first = waiting(catchUp);
    const later = Array.from({ length: 100 }, () => waiting(catchUp));
    assert.equal(questions.deadlines.length, 1);
    await questions.answer();
    assert.deepEqual([first.done, later.some(({ done }) => done), questions.deadlines.length], [true, false, 2]);
    const last = waiting(catchUp);
    await questions.answer();
    assert.deepEqual([later.every(({ done }) => done), last.done, questions.deadlines.length], [true, false, 3]);
    await questions.answer();
    assert.equal(last.done, true);
  });

  it("waits a second for an answer, and goes on without one", async () => {
    const clock = new ManualClock();
    const questions = new Questions();
    const catchUp = new CatchUp(clock, () => questions);
    const one = waiting(catchUp);
    assert.deepEqual(questions.deadlines, [clock.monotonicMs() + 1_000]);
    await questions.answer(new Error("too late"));
    assert.equal(one.done, true);
  });

  it("has nobody to ask without a session", async () => {
    await new CatchUp(new ManualClock(), () => undefined).wait();
  });
});
