import assert from "node:assert/strict";
import { test } from "node:test";
import { claimLines } from "#src/commands/inspect/claim-lines.ts";
import { claimObject, claimRow } from "#test/fixtures/controllers/ipam-claims.ts";

const pod = { name: "db-0", uid: "u", isFirst: false };
const told = { ips: ["10.0.0.5/24"] };
const held = (...rows: readonly ReturnType<typeof claimRow>[]) => [{ namespace: "default", name: "db", rows }];

test("a claim shows what NB keeps, and which pod has it", () => {
  assert.deepEqual(claimLines(held(claimRow(pod)), [claimObject({ status: told })]), [
    {
      namespace: "default",
      claim: "db",
      network: "blue",
      addresses: ["10.0.0.5/24"],
      mac: "0a:58:0a:00:00:05",
      state: "in use",
      pod: "db-0",
    },
  ]);
});

test("the state tells orphans of either side, and does not when the objects were not read", () => {
  const states = (rows: ReturnType<typeof held>, ...objects: readonly ReturnType<typeof claimObject>[]) =>
    claimLines(rows, objects).map(({ state }) => state);
  assert.deepEqual(states(held(claimRow())), ["no claim"]);
  assert.deepEqual(claimLines(held(claimRow()), undefined)[0]?.state, "kept");
  assert.deepEqual(states([], claimObject({ status: told })), ["lost"]);
  assert.deepEqual(states([], claimObject()), ["no addresses"]);
  assert.deepEqual(states(held(claimRow()), claimObject()), ["kept"]);
  assert.deepEqual(states(held(claimRow({ ...pod, uid: "" })), claimObject()), ["reserved"]);
  assert.deepEqual(states(held(claimRow(pod)), claimObject({ deleting: true })), ["going"]);
  assert.deepEqual(states(held(claimRow(pod), claimRow()), claimObject()), ["held twice"]);
  const waiting = { ...claimRow({ ...pod, name: "target" }), waits: true };
  assert.deepEqual(states(held(claimRow(pod), waiting), claimObject()), ["migrates"]);
  assert.deepEqual(states(held(claimRow(pod), waiting, waiting), claimObject()), ["held twice"]);
});
