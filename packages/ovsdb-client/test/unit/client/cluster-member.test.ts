import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DatabaseStatus,
  findStatus,
  type MemberDemands,
  whyUnsuitable,
} from "../../../src/client/cluster-member.ts";

const leader: DatabaseStatus = {
  name: "NB",
  model: "clustered",
  connected: true,
  leader: true,
  cid: "c",
  sid: "s",
  index: 10,
};
const follower = { ...leader, leader: false };
const standalone: DatabaseStatus = {
  name: "NB",
  model: "standalone",
  connected: true,
  leader: true,
  cid: undefined,
  sid: undefined,
  index: undefined,
};
const demands: MemberDemands = {
  database: "NB",
  leader: "only",
  relays: "use",
  clusterId: undefined,
  newest: undefined,
};

const cases: readonly (readonly [string, DatabaseStatus | undefined, Partial<MemberDemands>, RegExp | undefined])[] = [
  ["the leader", leader, {}, undefined],
  ["a follower where the leader is demanded", follower, {}, /not the leader/],
  ["a follower where the leader is looked for", follower, { leader: "prefer" }, /not the leader/],
  ["a follower where any will do", follower, { leader: "any" }, undefined],
  ["a member without a quorum", { ...leader, connected: false }, { leader: "any" }, /lost touch/],
  ["a standalone server", standalone, {}, undefined],
  ["a relay", { ...follower, model: "relay" }, {}, undefined],
  [
    "a relay where relays are refused",
    { ...follower, model: "relay" },
    { relays: "refuse" },
    /relay.*servers behind it/,
  ],
  ["a member where relays are refused", leader, { relays: "refuse" }, undefined],
  ["a relay that has lost its source", { ...follower, model: "relay", connected: false }, {}, /lost touch/],
  ["a server without the database", undefined, {}, /does not serve the database NB/],
  ["a member of another cluster", leader, { clusterId: "d" }, /of the cluster c, not d/],
  ["a standalone server where a cluster is demanded", standalone, { clusterId: "d" }, /\(none\), not d/],
  ["a member with older data", leader, { newest: { clusterId: "c", index: 11n } }, /older data/],
  ["a member with the same data", leader, { newest: { clusterId: "c", index: 10n } }, undefined],
  ["a new cluster in place of the old one", leader, { newest: { clusterId: "old", index: 11n } }, undefined],
];

for (const [what, status, some, expected] of cases) {
  test(`${what} ${expected === undefined ? "will do" : "will not do"}`, () => {
    const said = whyUnsuitable(status, { ...demands, ...some });
    if (expected === undefined) assert.equal(said, undefined);
    else assert.match(said ?? "", expected);
  });
}

test("a database is found by its name", () => {
  const rows = new Map([
    ["u1", { ...leader, name: "_Server" }],
    ["u2", leader],
  ]);
  assert.equal(findStatus(rows, "NB"), leader);
  assert.equal(findStatus(rows, "SB"), undefined);
});
