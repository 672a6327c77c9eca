import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, hasCode } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { type SoleHold, soleRun } from "#src/kube/lease/sole-run.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { LeaseServer } from "#test/fakes/kube/lease-server.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

/** A run whose work ends when the test says so. */
class Run {
  readonly stop = new AbortController();
  readonly work = Promise.withResolvers<string>();
  readonly held: string[] = [];
  hold: SoleHold | undefined;
  /** It is the value of the run, or its error, when it has ended. */
  ended: unknown;
  reach: (request: ApiRequest) => unknown;

  constructor(server: LeaseServer, clock: ManualClock, identity: string) {
    this.reach = (request) => server.answer(request);
    const options = {
      client: new FakeApiClient((request) => this.reach(request)),
      namespace: "n",
      name: "l",
      identity,
      clock,
      logger: silentLogger,
      metrics: createMetrics(),
      onHeld: (holder: string): void => {
        this.held.push(holder);
      },
    };
    const work = (hold: SoleHold): Promise<string> => {
      this.hold = hold;
      hold.signal.addEventListener("abort", () => {
        this.work.reject(new AppError("Aborted", "the work stopped"));
      });
      return this.work.promise;
    };
    soleRun(options, work, this.stop.signal).then(
      (value) => (this.ended = value),
      (error: unknown) => (this.ended = error),
    );
  }
}

test("a second run is refused with the name of the first, which goes on", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const first = new Run(server, clock, "first");
  await clock.advance(1_000);
  const second = new Run(server, clock, "second");
  await clock.advance(3_000);
  assert.ok(hasCode(second.ended, "AlreadyRunning"));
  assert.match(second.ended.message, /^first does the same now, and holds the Lease n\/l; /);
  assert.deepEqual(second.held, ["first"]);
  assert.equal(second.hold, undefined);
  assert.equal(first.hold?.signal.aborted, false);
  assert.equal(await first.hold.otherHolder(), undefined);
  first.work.resolve("done");
  await clock.advance(0);
  assert.equal(first.ended, "done");
  assert.equal(server.holder, "");
});

test("a run after one that was killed waits for the end of its Lease", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const killed = new Run(server, clock, "killed");
  await clock.advance(0);
  killed.reach = () => new Promise(() => {});
  const next = new Run(server, clock, "next");
  await clock.advance(14_000);
  assert.equal(typeof next.hold, "undefined");
  await clock.advance(3_000);
  assert.ok(next.hold !== undefined);
  assert.equal(server.holder, "next");
  next.work.resolve("done");
  await clock.advance(0);
  assert.equal(next.ended, "done");
});

test("a run whose Lease was taken stops, and knows by whom", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const run = new Run(server, clock, "run");
  await clock.advance(0);
  if (server.lease !== undefined) {
    server.lease.spec["holderIdentity"] = "thief";
    server.lease.metadata.resourceVersion = "stolen";
  }
  await clock.advance(4_000);
  assert.equal(run.hold?.signal.aborted, true);
  assert.equal(await run.hold.otherHolder(), "thief");
  assert.ok(hasCode(run.ended, "Aborted"));
  assert.match(run.ended.message, /the Lease n\/l was lost/);
});

test("the error of work that was told to end is thrown, since it may say what is left to do", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const run = new Run(server, clock, "run");
  await clock.advance(0);
  run.stop.abort();
  await clock.advance(0);
  assert.match(String(run.ended), /the work stopped/);
  assert.equal(server.holder, "");
});

test("a run without the right to read Leases is refused at once", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const run = new Run(server, clock, "run");
  run.reach = () => {
    throw statusError(403, "Forbidden");
  };
  await clock.advance(1_000);
  assert.ok(run.ended instanceof AppError);
  assert.equal(run.ended.code, "KubeApiError");
  assert.equal(run.hold, undefined);
});

test("a run that can read its Lease and not write it gives up", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const run = new Run(server, clock, "run");
  run.reach = (request) => {
    if (request.method !== "GET") throw statusError(403, "Forbidden");
    return server.answer(request);
  };
  await clock.advance(40_000);
  assert.ok(hasCode(run.ended, "DeadlineExceeded"));
  assert.match(run.ended.message, /could not be taken/);
});
