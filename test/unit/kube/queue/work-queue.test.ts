import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "#src/core/metrics.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const never = new AbortController().signal;

function setUp() {
  const clock = new ManualClock();
  const metrics = createMetrics();
  const queue = new WorkQueue({ name: "q", clock, metrics });
  const depth = async (): Promise<number | undefined> =>
    (await metrics.registry.getSingleMetric("workqueue_depth")?.get())?.values[0]?.value;
  return { clock, queue, depth };
}

test("a key added three times is worked on once, oldest first", async () => {
  const { queue, depth } = setUp();
  for (const key of ["a", "b", "a", "a"]) queue.add(key);
  assert.equal(await depth(), 2);
  assert.equal(await queue.next(never), "a");
  assert.equal(await queue.next(never), "b");
  assert.equal(await depth(), 0);
});

test("a key added while it is worked on comes again, but only after done", async () => {
  const { queue } = setUp();
  queue.add("a");
  await queue.next(never);
  queue.add("a");
  assert.equal(queue.depth, 0);
  queue.done("a");
  assert.equal(await queue.next(never), "a");
  queue.done("a");
  assert.equal(queue.isIdle, true);
});

test("keys that wait until nothing else is ready come last, and first of all once they are added again", async () => {
  const { queue, depth } = setUp();
  for (const key of ["a", "b", "c"]) queue.addWhenIdle(key);
  queue.add("d");
  queue.add("b");
  queue.addWhenIdle("d");
  assert.equal(await depth(), 4);
  const order = [];
  while (!queue.isIdle) {
    const key = (await queue.next(never)) ?? "";
    order.push(key);
    if (order.length === 1) queue.add("c");
    queue.done(key);
  }
  assert.deepEqual(order, ["d", "b", "c", "a"]);
});

test("a key that changes while it is worked on goes before those that wait until nothing else is ready", async () => {
  const { queue } = setUp();
  for (const key of ["a", "b"]) queue.addWhenIdle(key);
  await queue.next(never);
  queue.addWhenIdle("a");
  queue.add("a");
  queue.done("a");
  assert.equal(await queue.next(never), "a");
  queue.done("a");
  assert.equal(await queue.next(never), "b");
  queue.done("b");
  assert.equal(queue.isIdle, true);
});

test("a worker that waits gets the key at once", async () => {
  const { queue } = setUp();
  const waiting = queue.next(never);
  queue.add("a");
  assert.equal(await waiting, "a");
  assert.equal(queue.depth, 0);
});

test("a delayed key comes when its time is up, of several delays the shortest", async () => {
  const { clock, queue } = setUp();
  queue.addAfter("a", 1000);
  queue.addAfter("a", 200);
  queue.addAfter("a", 500);
  await clock.advance(199);
  assert.equal(queue.depth, 0);
  await clock.advance(1);
  assert.equal(queue.depth, 1);
  assert.deepEqual(clock.waiting(), []);
});

test("no delay is no timer", () => {
  const { clock, queue } = setUp();
  queue.addAfter("a", 0);
  assert.equal(queue.depth, 1);
  assert.deepEqual(clock.waiting(), []);
});

test("failures of a key make it wait longer, until it is forgotten", () => {
  const { clock, queue } = setUp();
  queue.addRateLimited("a");
  assert.deepEqual(clock.waiting(), [5]);
  assert.equal(queue.failures("a"), 1);
  queue.forget("a");
  assert.equal(queue.failures("a"), 0);
});

test("closing lets waiting workers go, drops keys and timers, and takes no more", async () => {
  const { clock, queue } = setUp();
  const waiting = queue.next(never);
  queue.addAfter("a", 1000);
  queue.close();
  assert.equal(await waiting, undefined);
  queue.add("b");
  queue.addAfter("c", 10);
  assert.equal(queue.depth, 0);
  assert.deepEqual(clock.waiting(), []);
  assert.equal(await queue.next(never), undefined);
});

test("a worker's signal lets that worker go and loses no key", async () => {
  const { queue } = setUp();
  const controller = new AbortController();
  const waiting = queue.next(controller.signal);
  controller.abort();
  assert.equal(await waiting, undefined);
  await settled();
  queue.add("a");
  assert.equal(await queue.next(controller.signal), undefined);
  assert.equal(await queue.next(never), "a");
});

test("who waits until it is idle is told when the last key is done, or the queue is closed", async () => {
  const { queue } = setUp();
  await queue.whenIdle();
  const told: string[] = [];
  queue.add("a");
  queue.addWhenIdle("b");
  const idle = queue.whenIdle().then(() => told.push("idle"));
  for (const key of ["a", "b"]) {
    assert.equal(await queue.next(never), key);
    assert.deepEqual(told, []);
    queue.done(key);
    await settled();
  }
  await idle;
  queue.add("c");
  const closed = queue.whenIdle().then(() => told.push("closed"));
  queue.close();
  await closed;
  assert.deepEqual(told, ["idle", "closed"]);
});
