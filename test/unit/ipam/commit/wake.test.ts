import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Wake } from "#src/ipam/commit/wake.ts";
import { settled } from "../../kube/manual-clock.ts";

const never = new AbortController().signal;

/** Whether it resolved by now. */
function watched(promise: Promise<void>): () => boolean {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  return () => done;
}

describe("the wake of a loop", () => {
  it("sleeps until it is rung", async () => {
    const wake = new Wake();
    const isAwake = watched(wake.wait(never));
    await settled();
    assert.equal(isAwake(), false);
    wake.ring();
    await settled();
    assert.equal(isAwake(), true);
  });

  it("does not miss a ring from before it slept, and takes several for one", async () => {
    const wake = new Wake();
    wake.ring();
    wake.ring();
    await wake.wait(never);
    const isAwake = watched(wake.wait(never));
    await settled();
    assert.equal(isAwake(), false);
  });

  it("starts the loop after all work of the same turn has arrived", async () => {
    const wake = new Wake();
    const arrived: number[] = [];
    const waiting = wake.wait(never).then(() => arrived.length);
    const arrive = async (): Promise<void> => {
      for (let n = 0; n < 30; n += 1) {
        arrived.push(n);
        wake.ring();
        await Promise.resolve();
      }
    };
    await arrive();
    assert.equal(await waiting, 30);
  });

  it("wakes when the signal aborts, before or during the sleep", async () => {
    await new Wake().wait(AbortSignal.abort());
    const ending = new AbortController();
    const waiting = new Wake().wait(ending.signal);
    ending.abort();
    await waiting;
  });
});
