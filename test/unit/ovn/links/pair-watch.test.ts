import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayLegRows } from "#src/ovn/links/gateway-leg.ts";
import { chassisInNb, memberOutIn } from "#src/ovn/links/pair-watch.ts";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";

const pair = ["n1", "n2"];
const leg = (out?: string, chassis = pair) =>
  gatewayLegRows({ id: "g", scope: "s", suffix: "-west", chassis, out }, "outside", []);
const ownedBy = (rows: ReturnType<typeof leg>) => ({
  rows: new Map(rows.map(({ id, columns }) => [id, { id, row: columns } as unknown as OwnedRow])),
  foreignNames: new Set<string>(),
});

test("a member that is out keeps its place, and stands in a second group with the other one", () => {
  const members = (group: string) =>
    leg("n1").flatMap(({ parent, columns }) =>
      parent?.id === group ? [[columns["chassis_name"], columns["priority"]]] : [],
    );
  assert.deepEqual(members("s/ovn4nfv-gateway-chassis"), [["n2", 99]]);
  assert.deepEqual(members("s/watch-chassis"), [
    ["n1", 100],
    ["n2", 99],
  ]);
  const port = leg("n1").find(({ id }) => id === "s/watch-port");
  assert.deepEqual([port?.refs, port?.parent?.id], [{ ha_chassis_group: "s/watch-chassis" }, "s/watch"]);
});

test("without a member that is out there is no second group", () => {
  assert.deepEqual(
    leg().filter(({ id }) => id.includes("/watch")),
    [],
  );
});

test("a new leader finds in NB which member is out", () => {
  for (const out of ["n1", "n2", undefined]) assert.equal(memberOutIn(ownedBy(leg(out)), "s", pair), out);
  assert.equal(memberOutIn(ownedBy(leg("n1")), "other", pair), undefined);
});

test("that stays in NB while the wire of the member that is out is not ready", () => {
  const owned = ownedBy(leg("n2", ["n1"]));
  assert.equal(memberOutIn(owned, "s", ["n1", "n2"]), "n2");
  assert.deepEqual(chassisInNb(owned, "s"), ["n1", "n2"]);
});

test("the chassis of a gateway are found in NB in their order, with the one that is out", () => {
  for (const out of ["n1", "n2", undefined]) assert.deepEqual(chassisInNb(ownedBy(leg(out)), "s"), pair);
  assert.deepEqual(chassisInNb(ownedBy(leg()), "other"), []);
});
