import assert from "node:assert/strict";
import { test } from "node:test";
import { followApiContact } from "#src/commands/view/api-contact.ts";
import { AppError } from "#src/core/errors.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

function start() {
  const clock = new ManualClock();
  const stop = new AbortController();
  const there = {
    heardAtMs: 0 as number | undefined,
    answers: true,
    asked: 0,
    whileAsked: (): void => undefined,
    told: [] as (string | undefined)[],
  };
  const ended = followApiContact(
    {
      clock,
      heardAtMs: () => there.heardAtMs,
      ask: () => {
        there.asked += 1;
        there.whileAsked();
        return there.answers ? Promise.resolve() : Promise.reject(new Error("no route"));
      },
      following: (lost) => there.told.push(lost?.message),
    },
    stop.signal,
  );
  return { clock, stop, there, ended };
}

test("an API server that is heard of, or from which nothing is followed, is not asked", async () => {
  const { clock, there } = start();
  await clock.advance(150_000);
  there.heardAtMs = clock.monotonicMs();
  await clock.advance(150_000);
  there.heardAtMs = undefined;
  await clock.advance(600_000);
  assert.deepEqual([there.asked, there.told], [0, []]);
});

test("an API server that is silent and does not answer is lost, and found when it answers or is heard of again", async () => {
  const { clock, there } = start();
  there.answers = false;
  await clock.advance(180_000);
  assert.equal(there.told.length, 1);
  assert.match(there.told[0] ?? "", /no route/);
  there.answers = true;
  await clock.advance(30_000);
  assert.deepEqual(there.told.slice(1), [undefined]);
  there.answers = false;
  await clock.advance(30_000);
  there.heardAtMs = clock.monotonicMs();
  await clock.advance(60_000);
  assert.deepEqual(
    there.told.slice(2).map((why) => why === undefined),
    [false, true],
  );
});

test("it ends by its signal, also while the API server is asked, and tells nothing after that", async () => {
  const { clock, stop, there, ended } = start();
  there.answers = false;
  there.whileAsked = () => {
    stop.abort();
    throw new AppError("Aborted", "the caller gave up");
  };
  await clock.advance(180_000);
  await ended;
  await clock.advance(600_000);
  assert.deepEqual([there.asked, there.told], [1, []]);
});
