import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { keepObjects } from "#src/kube/object-keeper.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

test("a pass runs at the start, at each change, when it asked for it, and again after a fault", async () => {
  const clock = new ManualClock();
  const client = new FakeWatchServer();
  const stop = new AbortController();
  let passes = 0;
  let next: () => { requeueAfterMs?: number } = () => ({});
  const run = keepObjects(
    {
      name: "keeper",
      client,
      clock,
      logger: silentLogger,
      metrics: createMetrics(),
      watched: [{ resource: resources.secrets, target: { namespace: "n", name: "s" } }],
      pass: () => {
        passes += 1;
        return Promise.try(next);
      },
    },
    stop.signal,
  );
  await settled();
  assert.equal(passes, 1);
  client.watches[0]?.bookmark("1", true);
  await settled();
  assert.equal(passes, 2);
  next = () => ({ requeueAfterMs: 5_000 });
  client.watches[0]?.send("ADDED", { metadata: { name: "s", namespace: "n", uid: "u", resourceVersion: "2" } });
  await settled();
  assert.equal(passes, 3);
  next = () => {
    throw new AppError("KubeApiError", "down", { details: { reason: "Unreachable", message: "down" } });
  };
  await clock.advance(5_000);
  assert.equal(passes, 4);
  next = () => ({});
  await clock.advance(200);
  assert.equal(passes, 5);
  stop.abort();
  await run;
});
