import assert from "node:assert/strict";
import { test } from "node:test";
import { tellActivity } from "#src/commands/view/activity/tell-activity.ts";

const nowMs = Date.parse("2026-01-01T12:34:56Z");
const facts = {
  nowMs,
  allocationsMs: [nowMs, nowMs - 60_000],
  releasesMs: [nowMs],
  sinceMs: nowMs - 5_000,
  unread: "",
  namespaces: [undefined],
};

test("the last hour is told by the minute, and refusals by their reasons", () => {
  const refusal = { atMs: nowMs - 120_000, reason: "PoolExhausted", message: "full", about: "Pod a/b", count: 3 };
  const { minutes, refusals } = tellActivity({ ...facts, refusals: [refusal] });
  assert.equal(minutes.length, 60);
  assert.deepEqual(minutes.slice(-3), [
    { at: "2026-01-01T12:32:00.000Z", allocations: 0, releases: 0, refusals: { PoolExhausted: 3 } },
    { at: "2026-01-01T12:33:00.000Z", allocations: 1, releases: 0, refusals: {} },
    { at: "2026-01-01T12:34:00.000Z", allocations: 1, releases: 1, refusals: {} },
  ]);
  assert.equal(minutes[0]?.at, "2026-01-01T11:35:00.000Z");
  assert.deepEqual(
    refusals.map(({ about }) => about),
    ["Pod a/b"],
  );
});

test("what is not known is said in place of a zero", () => {
  const { countedFrom } = tellActivity({ ...facts, refusals: undefined, unread: "no cluster is read" });
  assert.match(countedFrom, /since then; refusals are not known: no cluster is read\.$/);
  assert.match(countedFrom, /before 2026-01-01T12:34:51\.000Z are missing/);
});

test("the namespaces are named when they are not all", () => {
  const of = (namespaces: readonly (string | undefined)[]) =>
    tellActivity({ ...facts, refusals: [], namespaces }).countedFrom;
  assert.match(of([undefined]), /from Events of the cluster, and/);
  assert.match(of(["bank", "shop"]), /from Events of the namespaces bank, shop, and/);
});
