import assert from "node:assert/strict";
import { test } from "node:test";
import { ulid } from "ulid";
import { ActivityLog, timeOfAllocation } from "#src/commands/view/activity/activity-log.ts";

const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 0, 1);

test("the id of an allocation says when it was made, and another text does not", () => {
  assert.equal(timeOfAllocation(ulid(nowMs)), nowMs);
  for (const id of ["", "short", "il-other-form"]) assert.equal(timeOfAllocation(id), undefined, id);
});

test("an allocation of the last hour counts once, also after its release", () => {
  const log = new ActivityLog(nowMs);
  const [young, old] = [ulid(nowMs - 60_000), ulid(nowMs - 2 * hourMs)];
  log.observe([young, old], nowMs);
  log.observe([young, old], nowMs + 1);
  assert.deepEqual(log.allocationsMs(nowMs + 1), [nowMs - 60_000]);
  log.observe([], nowMs + 2);
  assert.deepEqual(log.releasesMs(nowMs + 2), [nowMs + 2, nowMs + 2]);
  assert.equal(log.allocationsMs(nowMs + 2).length, 1);
});

test("what is only no longer shown was not released", () => {
  const log = new ActivityLog(nowMs);
  const [hidden, gone] = [ulid(nowMs), ulid(nowMs)];
  log.observe([hidden, gone], nowMs);
  log.observe([], nowMs + 1, (ids) => {
    assert.deepEqual([...ids], [hidden, gone]);
    return new Set([hidden]);
  });
  assert.deepEqual(log.releasesMs(nowMs + 1), [nowMs + 1]);
  log.observe([hidden], nowMs + 2);
  assert.equal(log.allocationsMs(nowMs + 2).length, 2, "what is shown again was not made again");
});

test("after an hour nothing is remembered", () => {
  const log = new ActivityLog(nowMs);
  log.observe([ulid(nowMs)], nowMs);
  log.observe([], nowMs);
  assert.deepEqual([log.allocationsMs(nowMs + hourMs), log.releasesMs(nowMs + hourMs)], [[], []]);
});

test("an id whose time is to come counts now, and is forgotten after an hour as well", () => {
  const log = new ActivityLog(nowMs);
  log.observe([ulid(nowMs + 1_000 * hourMs)], nowMs);
  assert.deepEqual(log.allocationsMs(nowMs), [nowMs]);
  assert.deepEqual(log.allocationsMs(nowMs + hourMs), []);
});
