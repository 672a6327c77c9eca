import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AppError, refusal } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { type Reconcile, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

function start(t: TestContext, reconcile: Reconcile, workers = 1) {
  const clock = new ManualClock();
  const metrics = createMetrics();
  const queue = new WorkQueue({ name: "q", clock, metrics });
  const controller = new AbortController();
  const settings = { controller: "c", queue, workers, reconcile, clock, logger: silentLogger, metrics };
  const done = runReconcileLoop(settings, controller.signal);
  t.after(async () => {
    controller.abort();
    await done;
  });
  const value = async (name: string, labels: Record<string, string> = {}): Promise<number> => {
    const metric = await metrics.registry.getSingleMetric(name)?.get();
    const match = metric?.values.find((one) => Object.entries(labels).every(([key, is]) => one.labels[key] === is));
    return match?.value ?? 0;
  };
  return { clock, queue, controller, done, value };
}

test("success forgets the key's failures", async (t) => {
  let calls = 0;
  const { clock, queue, value } = start(t, () => {
    calls += 1;
    return calls < 3
      ? Promise.reject(new AppError("KubeApiError", "down", { details: { reason: "Unreachable", message: "down" } }))
      : Promise.resolve({});
  });
  queue.add("a");
  await clock.advance(1000);
  assert.equal(calls, 3);
  assert.equal(queue.failures("a"), 0);
  assert.equal(await value("controller_runtime_reconcile_total", { result: "error" }), 2);
  assert.equal(await value("controller_runtime_reconcile_total", { result: "success" }), 1);
});

test("timers and connections come to their turn between keys for which nothing is due", async (t) => {
  let hadTurn = false;
  const seen: boolean[] = [];
  const { queue } = start(t, () => {
    seen.push(hadTurn);
    return Promise.resolve({});
  });
  setImmediate(() => (hadTurn = true));
  for (const key of ["a", "b"]) queue.add(key);
  await settled();
  assert.deepEqual(seen, [false, true]);
});

test("a wish to be called again is kept, and is no failure", async (t) => {
  let calls = 0;
  const { clock, queue } = start(t, () => {
    calls += 1;
    return Promise.resolve(calls === 1 ? { requeueAfterMs: 60_000 } : {});
  });
  queue.add("a");
  await clock.advance(59_999);
  assert.equal(calls, 1);
  await clock.advance(1);
  assert.equal(calls, 2);
});

test("a terminal error is not tried again until the key changes", async (t) => {
  let calls = 0;
  const { clock, queue, value } = start(t, () => {
    calls += 1;
    throw refusal("UnknownNetwork", { field: "f", value: "v", reason: "is not there", remedy: "create it" });
  });
  queue.add("a");
  await clock.advance(3_600_000);
  assert.equal(calls, 1);
  queue.add("a");
  await settled();
  assert.equal(calls, 2);
  assert.equal(await value("controller_runtime_terminal_reconcile_errors_total"), 2);
});

test("a defect is counted and tried again", async (t) => {
  let calls = 0;
  const { clock, queue, value } = start(t, () => {
    calls += 1;
    throw new TypeError("undefined is not a function");
  });
  queue.add("a");
  await clock.advance(5);
  assert.equal(calls, 2);
  assert.equal(await value("controller_runtime_reconcile_panics_total"), 2);
});

test("a key is never worked on twice at once, different keys are", async (t) => {
  const running = new Map<string, () => void>();
  let most = 0;
  const { queue } = start(
    t,
    (key) =>
      new Promise((resolve) => {
        assert.equal(running.has(key), false, `${key} twice at once`);
        running.set(key, () => {
          running.delete(key);
          resolve({});
        });
        most = Math.max(most, running.size);
      }),
    3,
  );
  for (const key of ["a", "b", "a", "c", "d"]) queue.add(key);
  await settled();
  queue.add("a");
  await settled();
  assert.equal(most, 3);
  while (running.size > 0) {
    for (const finish of [...running.values()]) finish();
    await settled();
  }
  assert.equal(queue.isIdle, true);
});

test("a stop lets the work in progress end and is no failure", async (t) => {
  const { queue, controller, done, value } = start(
    t,
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reject(new AppError("Aborted", "stopped"));
        });
      }),
  );
  queue.add("a");
  await settled();
  controller.abort();
  await done;
  assert.equal(await value("controller_runtime_reconcile_errors_total"), 0);
});
