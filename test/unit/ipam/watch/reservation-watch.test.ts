import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AppError } from "#src/core/errors.ts";
import { ReservationWatch } from "#src/ipam/watch/reservation-watch.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

describe("the watch for reservations", () => {
  it("wakes all who wait, whether a reservation was bound or removed", async () => {
    const watch = new ReservationWatch(new ManualClock());
    for (const how of ["bound", "removed"] as const) {
      const waiting = [watch.next({}), watch.next({})];
      watch.ended(how);
      await Promise.all(waiting);
    }
  });

  it("does not answer one who comes after the end of a reservation", async () => {
    const clock = new ManualClock();
    const watch = new ReservationWatch(clock);
    watch.ended("bound");
    const late = assert.rejects(watch.next({ deadlineMs: 1_000 }), ({ code }: AppError) => code === "DeadlineExceeded");
    await clock.advance(1_000);
    await late;
  });

  it("says when the last one was bound, which a rollback does not change", async () => {
    const clock = new ManualClock();
    const watch = new ReservationWatch(clock);
    await clock.advance(5);
    watch.ended("removed");
    assert.equal(watch.lastBindMs, 0);
    watch.ended("bound");
    assert.equal(watch.lastBindMs, 5);
  });

  it("lets go of one who gave up", async () => {
    const watch = new ReservationWatch(new ManualClock());
    const caller = new AbortController();
    const waiting = assert.rejects(watch.next({ signal: caller.signal }), ({ code }: AppError) => code === "Aborted");
    caller.abort();
    await waiting;
    watch.ended("bound");
  });

  it("tells which allocations pods hold, until the listener is taken off", () => {
    const watch = new ReservationWatch(new ManualClock());
    const bound: string[] = [];
    const end = watch.onBound((allocation) => void bound.push(allocation));
    watch.held("a");
    end();
    watch.held("b");
    assert.deepEqual(bound, ["a"]);
  });
});
