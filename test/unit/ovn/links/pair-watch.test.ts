import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayLegRows } from "#src/ovn/links/gateway-leg.ts";
import { memberOutIn } from "#src/ovn/links/pair-watch.ts";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";

const pair = ["n1", "n2"];
const leg = (out?: string) =>
  gatewayLegRows({ id: "g", scope: "s", suffix: "-west", chassis: pair, out }, "outside", []);
const ownedBy = (rows: ReturnType<typeof leg>) => ({
  rows: new Map(rows.map(({ id }) => [id, {} as OwnedRow])),
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
