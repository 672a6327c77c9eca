import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Notifier } from "#src/ipam/commit/notifier.ts";
import { settled } from "#test/fakes/manual-clock.ts";

const never = new AbortController().signal;

/** A function that says whether the promise has resolved. */
function watched(promise: Promise<void>): () => boolean {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  return () => done;
}

describe("a notifier", () => {
  it("sleeps until it is rung", async () => {
    const wake = new Notifier();
    const isAwake = watched(wake.wait(never));
    await settled();
    assert.equal(isAwake(), false);
    wake.notify();
    await settled();
    assert.equal(isAwake(), true);
  });

  it("does not miss a ring from before it slept, and takes several for one", async () => {
    const wake = new Notifier();
    wake.notify();
    wake.notify();
    await wake.wait(never);
    const isAwake = watched(wake.wait(never));
    await settled();
    assert.equal(isAwake(), false);
  });

  it("starts the loop after all work of the same turn has arrived", async () => {
    const wake = new Notifier();
    const arrived: number[] = [];
    const waiting = wake.wait(never).then(() => arrived.length);
    const arrive = async (): Promise<void> => {
      for (let n = 0; n < 30; n += 1) {
        arrived.push(n);
        wake.notify();
        await Promise.resolve();
      }
    };
    await arrive();
    assert.equal(await waiting, 30);
  });

  it("wakes when the signal aborts, before or during the sleep", async () => {
    await new Notifier().wait(AbortSignal.abort());
    const ending = new AbortController();
    const waiting = new Notifier().wait(ending.signal);
    ending.abort();
    await waiting;
  });
});
