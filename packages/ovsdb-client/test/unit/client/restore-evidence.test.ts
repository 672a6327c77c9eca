import assert from "node:assert/strict";
import { test } from "node:test";
import type { DatabaseStatus } from "../../../src/client/cluster-member.ts";
import { RestoreEvidence } from "../../../src/client/restore-evidence.ts";

const newest = { clusterId: "c", index: 100n };
const old: DatabaseStatus = {
  name: "NB",
  model: "clustered",
  connected: true,
  leader: true,
  cid: "c",
  sid: "s",
  index: 50,
};
const oldFollower = { ...old, leader: false };

/** What the evidence says to each status, which comes at the time before it in seconds. */
function verdicts(...statuses: readonly (readonly [atSeconds: number, status: DatabaseStatus])[]): readonly boolean[] {
  const evidence = new RestoreEvidence(30_000);
  return statuses.map(([atSeconds, status]) => evidence.add(status, newest, atSeconds * 1_000));
}

/** The statuses, once each 10 seconds, from 0 to 60 seconds. */
function everyTenSeconds(...statuses: readonly DatabaseStatus[]) {
  return [0, 10, 20, 30, 40, 50, 60].flatMap((at) => statuses.map((status) => [at, status] as const));
}

test("a leader that has had older data for 30 seconds is one of a restored cluster", () => {
  assert.deepEqual(verdicts([0, old], [15, old], [29.9, old], [30, old]), [false, false, false, true]);
});

test("followers with older data do not speak against it", () => {
  const seen = verdicts([0, oldFollower], [1, old], [15, oldFollower], [16, old], [30.5, oldFollower], [31, old]);
  assert.deepEqual(seen, [false, false, false, false, false, true]);
});

const never: readonly (readonly [string, readonly DatabaseStatus[]])[] = [
  ["no leader is among them", [oldFollower]],
  ["the leader has lost its quorum", [{ ...old, connected: false }]],
  ["one member has all that was seen", [old, { ...oldFollower, index: 100 }]],
  ["a member that was cut off has all that was seen", [old, { ...oldFollower, index: 100, connected: false }]],
  ["they are of another cluster", [{ ...old, cid: "d" }]],
];
for (const [why, statuses] of never) {
  test(`it is no restore while ${why}`, () => {
    assert.ok(!verdicts(...everyTenSeconds(...statuses)).includes(true));
  });
}

test("a member that knows of no entry yet counts as one with older data", () => {
  const fresh = { ...oldFollower, index: undefined };
  assert.deepEqual(verdicts([0, old], [14, fresh], [15, old], [30, old]), [false, false, false, true]);
});

test("two leaders with more than 15 seconds between them are two short lags", () => {
  assert.deepEqual(verdicts([0, old], [14, old], [30, old], [45, old], [60, old]), [false, false, false, false, true]);
});

test("a member with all that was seen begins the time again", () => {
  const up = { ...old, index: 100 };
  assert.deepEqual(verdicts([0, old], [15, old], [20, up], [30, old], [45, old], [60, old]).indexOf(true), 5);
});

test("nothing is concluded by a client that has seen no entry", () => {
  const evidence = new RestoreEvidence(0);
  assert.equal(evidence.add(old, undefined, 0), false);
});
