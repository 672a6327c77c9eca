import assert from "node:assert/strict";
import { test } from "node:test";
import { ownTable, subnetsOf } from "#cni/plumbing/own-table.ts";

test("an interface has a table when another one has an address of its subnet", () => {
  assert.equal(ownTable(0, [["10.1.0.7/24"], ["10.1.0.8/24"]]), 1_000);
  assert.equal(ownTable(1, [["10.1.0.7/24"], ["fd00::1/64", "10.1.0.8/24"]]), 1_001);
});

test("several addresses of one subnet on one interface need none", () => {
  assert.equal(ownTable(0, [["10.1.0.7/24", "10.1.0.8/24"], ["10.1.1.7/24"]]), undefined);
});

test("a subnet is told once however many addresses are in it", () => {
  assert.deepEqual(subnetsOf(["10.1.0.7/24", "10.1.0.8/24", "fd00::1/64"]), ["10.1.0.0/24", "fd00::/64"]);
});
