import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runBatchLoop, type BatchLoopOptions } from "#src/controllers/allocations/batch-loop.ts";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

function looping(reconcile: BatchLoopOptions["reconcile"]) {
  const clock = new ManualClock();
  const metrics = createMetrics();
  const queue = new WorkQueue({ name: "test", clock, metrics });
  const stop = new AbortController();
  const options = { controller: "test", queue, maxBatch: 2, reconcile, clock, logger: silentLogger, metrics };
  return { clock, queue, stop, run: () => runBatchLoop(options, stop.signal) };
}

describe("runBatchLoop", () => {
  it("hands over all that is ready, up to the limit", async () => {
    const batches: (readonly string[])[] = [];
    const { queue, stop, run } = looping((keys) => {
      batches.push(keys);
      return Promise.resolve(new Map());
    });
    for (const key of ["a", "b", "c"]) queue.add(key);
    const running = run();
    await settled();
    stop.abort();
    await running;
    assert.deepEqual(batches, [["a", "b"], ["c"]]);
  });

  it("lets timers and connections come to their turn between batches for which it need not wait", async () => {
    let hadTurn = false;
    const seen: boolean[] = [];
    const { queue, stop, run } = looping(() => {
      seen.push(hadTurn);
      return Promise.resolve(new Map());
    });
    for (const key of ["a", "b", "c"]) queue.add(key);
    setImmediate(() => (hadTurn = true));
    const running = run();
    await settled();
    stop.abort();
    await running;
    assert.deepEqual(seen, [false, true]);
  });

  it("looks again when asked, and only at that key", async () => {
    const batches: (readonly string[])[] = [];
    const { clock, queue, stop, run } = looping((keys) => {
      batches.push(keys);
      return Promise.resolve(new Map(batches.length === 1 ? [["a", { requeueAfterMs: 50 }]] : []));
    });
    for (const key of ["a", "b"]) queue.add(key);
    const running = run();
    await clock.advance(49);
    assert.equal(batches.length, 1);
    await clock.advance(1);
    stop.abort();
    await running;
    assert.deepEqual(batches, [["a", "b"], ["a"]]);
  });

  it("tries what failed again with back-off, all keys when the batch failed", async () => {
    const batches: (readonly string[])[] = [];
    const { clock, queue, stop, run } = looping((keys) => {
      batches.push(keys);
      if (batches.length === 1) return Promise.reject(new AppError("NotConnected", "no database"));
      return Promise.resolve(new Map());
    });
    for (const key of ["a", "b"]) queue.add(key);
    const running = run();
    await clock.advance(100);
    stop.abort();
    await running;
    assert.deepEqual(batches.slice(1).flat().sort(), ["a", "b"]);
    assert.equal(queue.failures("a"), 0);
  });
});
