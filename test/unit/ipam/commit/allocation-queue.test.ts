import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AllocationJob } from "#src/ipam/commit/allocation-job.ts";
import { AllocationQueue } from "#src/ipam/commit/allocation-queue.ts";
import { portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

function queueOf(count: number): { readonly queue: AllocationQueue; readonly jobs: readonly AllocationJob[] } {
  const queue = new AllocationQueue();
  const jobs = Array.from({ length: count }, () => {
    const job = new AllocationJob(
      requestOf(portRequest("blue")),
      () => {},
      () => {},
    );
    queue.push(job);
    return job;
  });
  return { queue, jobs };
}

describe("the queue of allocations", () => {
  it("gives few requests together, and many as two groups that end about together", () => {
    for (const [waiting, first, second] of [
      [1, 1, 0],
      [63, 63, 0],
      [64, 32, 32],
      [101, 51, 50],
    ] as const) {
      const { queue } = queueOf(waiting);
      assert.deepEqual([queue.take(0).length, queue.take(1).length], [first, second]);
    }
  });

  it("gives at most 128 at once, in the order in which they came, and nothing beside two in flight", () => {
    const { queue, jobs } = queueOf(300);
    assert.deepEqual(queue.take(2), []);
    assert.deepEqual(queue.take(0), jobs.slice(0, 128));
    assert.deepEqual(queue.take(1), jobs.slice(128, 256));
    assert.deepEqual(queue.take(1), jobs.slice(256));
    assert.deepEqual(queue.take(0), []);
  });

  it("gives a request that must go alone by itself, after those before it and before those behind", () => {
    const { queue, jobs } = queueOf(4);
    const [, , third] = jobs;
    assert.ok(third);
    third.alone = true;
    assert.deepEqual(queue.take(0), jobs.slice(0, 2));
    assert.deepEqual(queue.take(0), [third]);
    assert.deepEqual(queue.take(0), jobs.slice(3));
  });

  it("leaves out whom nobody waits for, and makes room of them when it is full", () => {
    const { queue, jobs } = queueOf(10_000);
    assert.equal(queue.isFull, true);
    const kept = jobs.slice(0, 3);
    for (const job of jobs.slice(2)) job.abandon();
    assert.equal(queue.isFull, false);
    assert.deepEqual(queue.take(0), kept.slice(0, 2));
  });
});
