// Compares the queue with a naive model: no key is lost, doubled or worked on twice at once, whatever is done to it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMetrics } from "#src/core/metrics.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

interface Model {
  nowMs: number;
  ready: string[];
  readonly dirtyInWork: Set<string>;
  readonly processing: Set<string>;
  readonly delayed: Map<string, number>;
}

interface Real {
  readonly queue: WorkQueue;
  readonly clock: ManualClock;
}

type Command = fc.AsyncCommand<Model, Real>;

const never = new AbortController().signal;

function modelAdd(model: Model, key: string): void {
  if (model.processing.has(key)) model.dirtyInWork.add(key);
  else if (!model.ready.includes(key)) model.ready.push(key);
}

function agree(model: Model, real: Real): void {
  assert.equal(real.queue.depth, model.ready.length);
  assert.equal(real.queue.isIdle, model.ready.length === 0 && model.processing.size === 0);
}

function command(
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => Promise<void>,
): Command {
  return {
    check,
    toString: () => name,
    async run(model, real) {
      await run(model, real);
      agree(model, real);
    },
  };
}

const always = (): boolean => true;
const keys = fc.constantFrom("a", "b", "c", "d");

const add = keys.map((key) =>
  command(`add ${key}`, always, (model, { queue }) => {
    queue.add(key);
    modelAdd(model, key);
    return Promise.resolve();
  }),
);

const addAfter = fc.tuple(keys, fc.integer({ min: 1, max: 50 })).map(([key, delayMs]) =>
  command(`addAfter ${key} ${delayMs}`, always, (model, { queue }) => {
    queue.addAfter(key, delayMs);
    const atMs = model.nowMs + delayMs;
    if (atMs < (model.delayed.get(key) ?? Number.POSITIVE_INFINITY)) {
      // Among keys that are due in the same millisecond, the one that was set first comes first.
      model.delayed.delete(key);
      model.delayed.set(key, atMs);
    }
    return Promise.resolve();
  }),
);

const take = fc.constant(
  command(
    "take",
    (model) => model.ready.length > 0,
    async (model, { queue }) => {
      const key = model.ready.shift();
      assert.equal(await queue.next(never), key);
      assert.ok(key !== undefined && !model.processing.has(key), "handed out twice at once");
      model.processing.add(key);
    },
  ),
);

const done = fc.nat().map((pick) =>
  command(
    `done ${pick}`,
    (model) => model.processing.size > 0,
    (model, { queue }) => {
      const key = [...model.processing][pick % model.processing.size] ?? "";
      queue.done(key);
      model.processing.delete(key);
      if (model.dirtyInWork.delete(key)) model.ready.push(key);
      return Promise.resolve();
    },
  ),
);

const advance = fc.integer({ min: 1, max: 60 }).map((ms) =>
  command(`advance ${ms}`, always, async (model, { clock }) => {
    await clock.advance(ms);
    model.nowMs += ms;
    const due = [...model.delayed].filter(([, atMs]) => atMs <= model.nowMs).sort((a, b) => a[1] - b[1]);
    for (const [key] of due) {
      model.delayed.delete(key);
      modelAdd(model, key);
    }
  }),
);

test("the queue does what its model does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands([add, addAfter, take, done, advance], { maxCommands: 60 }), async (commands) => {
      const clock = new ManualClock();
      const queue = new WorkQueue({ name: "q", clock, metrics: createMetrics() });
      const model: Model = { nowMs: 0, ready: [], dirtyInWork: new Set(), processing: new Set(), delayed: new Map() };
      await fc.asyncModelRun(() => ({ model, real: { queue, clock } }), commands);
    }),
    { numRuns: 300 },
  );
});
