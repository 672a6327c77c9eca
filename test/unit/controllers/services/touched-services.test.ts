import assert from "node:assert/strict";
import { test } from "node:test";
import type { RowChange } from "ovsdb-client";
import { touchedServices, touchesGroup } from "#src/controllers/services/touched-services.ts";
import { externalId } from "#src/ovn/external-ids.ts";

const balancer = (vips: Readonly<Record<string, string>>, row: string | undefined, cluster = "c") => ({
  name: "b",
  vips: new Map(Object.entries(vips)),
  external_ids: new Map(
    row === undefined
      ? []
      : [
          [externalId("owner"), "ovn4nfv"],
          [externalId("cluster"), cluster],
          [externalId("row"), row],
        ],
  ),
});
const touched = (before: object | undefined, after: object | undefined, table = "Load_Balancer") => {
  const change = { table, uuid: "x", before, after, deltas: {} } as unknown as RowChange;
  const { uids, addresses, foreign } = touchedServices([change], "c");
  return { uids: [...uids], addresses: [...addresses], foreign };
};

test("other backends concern their Service alone", () => {
  const row = "services/s/tcp";
  const [before, after] = ["10.1.0.7:1", "10.1.0.8:1"].map((end) => balancer({ "10.1.0.200:80": end }, row));
  assert.deepEqual(touched(before, after), { uids: ["s"], addresses: [], foreign: false });
});

test("an address that a Service gets or leaves is told, since others may wait for it", () => {
  const row = "services/s/tcp";
  const held = balancer({ "10.1.0.200:80": "", "[fd00::200]:80": "" }, row);
  const all = { uids: ["s"], addresses: ["10.1.0.200", "fd00::200"], foreign: false };
  assert.deepEqual(touched(undefined, held), all);
  assert.deepEqual(touched(held, undefined), all);
  assert.deepEqual(touched(held, balancer({ "10.1.0.200:80": "" }, row)).addresses, ["fd00::200"]);
});

test("a load balancer of somebody else, or of another cluster, may have any address", () => {
  for (const theirs of [
    balancer({ "10.1.0.200:80": "" }, undefined),
    balancer({ "10.1.0.200:80": "" }, "services/s/tcp", "another"),
  ]) {
    assert.deepEqual(touched(undefined, theirs), { uids: [], addresses: [], foreign: true });
    const others = { ...theirs, vips: new Map([["10.1.0.200:80", "10.1.0.9:1"]]) };
    assert.equal(touched(theirs, others).foreign, false);
  }
  assert.equal(touched(undefined, { vips: new Map([["x", ""]]) }, "Logical_Switch").foreign, false);
});

test("a row that holds an address outside concerns its Service", () => {
  const hold = balancer({}, "services/s/address-4");
  assert.deepEqual(touched(hold, undefined, "Address_Set"), { uids: ["s"], addresses: [], foreign: false });
});

test("whoever takes the group off a switch or out of NB is seen", () => {
  const change = (table: string, before: object, after: object) =>
    touchesGroup([{ table, uuid: "x", before, after, deltas: {} } as unknown as RowChange]);
  assert.ok(change("Logical_Switch", { load_balancer_group: ["g"] }, { load_balancer_group: [] }));
  assert.ok(change("Load_Balancer_Group", {}, {}));
  const same: string[] = [];
  assert.ok(!change("Logical_Switch", { load_balancer_group: same }, { load_balancer_group: same, name: "a" }));
});
