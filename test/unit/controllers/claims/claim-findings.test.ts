import assert from "node:assert/strict";
import { test } from "node:test";
import { claimFindings } from "#src/controllers/claims/claim-findings.ts";
import { claimObject, claimRow } from "#test/fixtures/controllers/ipam-claims.ts";

const bound = { name: "db-0", uid: "u", isFirst: false };
const told = claimObject({ status: { ips: ["10.0.0.5/24"] } });
const keptAs = "claim:c:default/db";

function found(rows: readonly ReturnType<typeof claimRow>[], ...objects: readonly ReturnType<typeof claimObject>[]) {
  const held = rows.length === 0 ? [] : [{ namespace: "default", name: "db", rows }];
  return claimFindings(held, objects, "c").map(({ problem, pod, ports }) => [problem, pod, ports]);
}

test("a claim with one row, kept or of a pod, and a claim without addresses are no findings", () => {
  assert.deepEqual(found([claimRow()], told), []);
  assert.deepEqual(found([claimRow(bound)], told), []);
  assert.deepEqual(found([], claimObject()), []);
  assert.deepEqual(found([], claimObject({ marked: false, status: { ips: ["10.0.0.5/24"] } })), []);
});

test("orphans of either side are found: a row without a claim, and a claim without a row", () => {
  assert.deepEqual(found([claimRow()]), [["kept without claim", "", [keptAs]]]);
  assert.deepEqual(found([], told), [["claim without row", "", [keptAs]]]);
  assert.deepEqual(found([claimRow(bound)]), [], "a pod may name a claim that never comes");
  assert.deepEqual(found([], claimObject({ deleting: true, status: { ips: ["10.0.0.5/24"] } })), []);
});

test("a claim with two rows, and an address that somebody else has as well, are found with the pod", () => {
  assert.deepEqual(found([claimRow(), claimRow(bound)], told), [["claim held twice", "db-0", [keptAs, "a-net1"]]]);
  const clash = "port vm has an address of the claim";
  assert.deepEqual(found([{ ...claimRow(), clash }], told), [["address of a claim shared", "", [keptAs]]]);
});
