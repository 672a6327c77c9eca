import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { LeaderElection } from "#src/kube/lease/lease.ts";
import { FakeApiClient } from "#test/fakes/kube/fake-api-client.ts";
import { LeaseServer } from "#test/fakes/kube/lease-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

interface Candidate {
  readonly election: LeaderElection;
  readonly stop: AbortController;
  readonly outcome: Promise<"lost" | "stopped">;
  /** Answers the candidate's requests. A test replaces it to cut the candidate off. */
  reach: (request: ApiRequest) => unknown;
  working: boolean;
}

function candidate(
  t: TestContext,
  server: LeaseServer,
  clock: ManualClock,
  identity: string,
  random = (): number => 0,
): Candidate {
  const stop = new AbortController();
  const client = new FakeApiClient((request) => self.reach(request));
  const election = new LeaderElection({
    client,
    namespace: "n",
    name: "l",
    identity,
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
    random,
  });
  const self: Candidate = {
    election,
    stop,
    working: false,
    reach: (request) => server.answer(request),
    outcome: Promise.resolve().then(() =>
      election.run(async (signal) => {
        self.working = true;
        await new Promise((resolve) => {
          signal.addEventListener("abort", resolve);
        });
        self.working = false;
      }, stop.signal),
    ),
  };
  t.after(async () => {
    stop.abort();
    await self.outcome;
  });
  return self;
}

const down = (): never => {
  throw new AppError("KubeApiError", "down", { details: { reason: "Unreachable", message: "down" } });
};

test("the first candidate leads and renews every two seconds with one call", async (t) => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const a = candidate(t, server, clock, "a");
  await clock.advance(0);
  assert.equal(a.working, true);
  assert.equal(server.holder, "a");
  await clock.advance(20_000);
  assert.equal(server.writes, 11);
  assert.equal(server.lease?.spec["leaseTransitions"], 0);
});

test("two candidates never lead at once, and the second waits while the first renews", async (t) => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const a = candidate(t, server, clock, "a");
  const b = candidate(t, server, clock, "b");
  await clock.advance(0);
  for (let second = 0; second < 120; second += 1) {
    await clock.advance(1000);
    assert.equal(Number(a.election.isLeader) + Number(b.election.isLeader), 1);
  }
  assert.equal(server.lease?.spec["leaseTransitions"], 0);
});

test("a stop releases the lease after the work has come back, and the next one need not wait for its end", async (t) => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const a = candidate(t, server, clock, "a");
  await clock.advance(0);
  const b = candidate(t, server, clock, "b");
  await clock.advance(100);
  a.stop.abort();
  assert.equal(await a.outcome, "stopped");
  assert.equal(a.working, false);
  assert.equal(server.holder, "");
  await clock.advance(2000);
  assert.equal(b.working, true);
});

test("a leader that is cut off stops before another may start", async (t) => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const a = candidate(t, server, clock, "a");
  await clock.advance(0);
  const b = candidate(t, server, clock, "b");
  await clock.advance(1000);
  a.reach = down;
  let lostAt: number | undefined;
  for (let tick = 0; tick < 400 && !b.working; tick += 1) {
    await clock.advance(100);
    if (!a.working) lostAt ??= clock.monotonicMs();
    assert.ok(!(a.working && b.working));
  }
  assert.equal(lostAt, 10_000);
  assert.equal(await a.outcome, "lost");
  assert.equal(b.working, true);
  assert.equal(server.lease?.spec["leaseTransitions"], 1);
});

test("a candidate takes over a moment after the lease has ended, whenever its leader died", async (t) => {
  for (const diesAtMs of [2_001, 2_500, 3_000, 3_900]) {
    const [server, clock] = [new LeaseServer(), new ManualClock()];
    const a = candidate(t, server, clock, "a");
    await clock.advance(0);
    // With this random number the candidate looks as late as possible.
    const b = candidate(t, server, clock, "b", () => 0.999);
    await clock.advance(diesAtMs);
    a.reach = down;
    // The Lease was renewed last at 2 s, and b saw that not more than 1.2 s later.
    await clock.advance(2_000 + 15_000 - 1 - diesAtMs);
    assert.equal(b.working, false);
    await clock.advance(1_200 + 1);
    assert.equal(b.working, true, `died at ${diesAtMs}`);
  }
});

test("a leader whose lease another took gives up at its next look", async (t) => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const a = candidate(t, server, clock, "a");
  await clock.advance(0);
  if (server.lease !== undefined) {
    server.lease.spec["holderIdentity"] = "thief";
    server.lease.metadata.resourceVersion = "stolen";
  }
  await clock.advance(4000);
  assert.equal(a.working, false);
  assert.equal(await a.outcome, "lost");
  assert.equal(server.holder, "thief");
});

test("a leader that was frozen past its deadline does not renew", async (t) => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const a = candidate(t, server, clock, "a");
  await clock.advance(0);
  const { writes } = server;
  clock.jump(60_000);
  await clock.advance(0);
  assert.equal(await a.outcome, "lost");
  assert.equal(server.writes, writes);
});

test("a renewal whose answer was lost does not end the term", async (t) => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const a = candidate(t, server, clock, "a");
  await clock.advance(0);
  a.reach = (request) => {
    server.answer(request);
    return down();
  };
  await clock.advance(2000);
  a.reach = (request) => server.answer(request);
  await clock.advance(20_000);
  assert.equal(a.working, true);
});

test("a fault of the work is thrown on, and the lease released", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const client = new FakeApiClient((request) => server.answer(request));
  const options = {
    client,
    namespace: "n",
    name: "l",
    identity: "a",
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
  };
  const run = new LeaderElection(options).run(
    () => Promise.reject(new TypeError("defect")),
    new AbortController().signal,
  );
  await assert.rejects(run, TypeError);
  await settled();
  assert.equal(server.holder, "");
});
