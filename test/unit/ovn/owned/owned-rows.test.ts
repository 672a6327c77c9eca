import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeRows, type RowsByTable } from "#test/fakes/ovn/fake-nb.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { type DesiredRow, planRows } from "#src/ovn/owned/owned-rows.ts";
import { readOwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { logicalRouter, topologyNat, topologySwitchPort } from "#src/ovn/owned/topology-tables.ts";

const cluster = "c1";
const marks = (row: string, of = cluster) =>
  new Map([
    [externalId("owner"), "ovn4nfv"],
    [externalId("cluster"), of],
    [externalId("row"), row],
  ]);

const switchRow = (name: string, external_ids: ReadonlyMap<string, string>, ports: readonly string[] = []) => ({
  name,
  ports: new Set(ports),
  other_config: new Map(),
  external_ids,
});

const desired: readonly DesiredRow[] = [
  { id: "u1/switch", table: logicalSwitch, columns: { name: "foo" }, settings: { [externalId("mtu")]: "1400" } },
  {
    id: "u1/stor-foo",
    table: topologySwitchPort,
    columns: { name: "stor-foo", type: "router", addresses: ["router"], options: { "router-port": "rtos-foo" } },
    parent: { id: "u1/switch", column: "ports" },
  },
];
const port = (external_ids: ReadonlyMap<string, string>) => ({
  ...desired[1]?.columns,
  options: new Map([["router-port", "rtos-foo"]]),
  external_ids,
});

const plan = (tables: Readonly<RowsByTable>, rows = desired) =>
  planRows("u1", rows, readOwnedRows(fakeRows(tables), cluster), cluster);
const told = ({ operations }: ReturnType<typeof plan>) => operations.map(({ op, table }) => `${op} ${String(table)}`);

const complete = {
  Logical_Switch: { s: switchRow("foo", new Map([...marks("u1/switch"), [externalId("mtu"), "1400"]]), ["p"]) },
  Logical_Switch_Port: { p: port(marks("u1/stor-foo")) },
};

test("what is missing is inserted, under a wait that its name is free, and joined to its parent", () => {
  assert.deepEqual(told(plan({})), [
    "wait Logical_Switch",
    "insert Logical_Switch",
    "wait Logical_Switch_Port",
    "insert Logical_Switch_Port",
    "mutate Logical_Switch",
  ]);
});

test("what is as it should be costs no operation, also with keys of others beside ours", () => {
  assert.deepEqual(told(plan(complete)), []);
  const { s } = complete.Logical_Switch;
  const shared = { ...s, external_ids: new Map([...s.external_ids, ["neutron:name", "x"]]) };
  assert.deepEqual(told(plan({ ...complete, Logical_Switch: { s: shared } })), []);
});

test("rows that a newer version has written in another format stay, with all that belongs to them", () => {
  const { s } = complete.Logical_Switch;
  const newer = { ...s, external_ids: new Map([...s.external_ids, [externalId("format"), "2"]]) };
  const tables = { ...complete, Logical_Switch: { s: newer } };
  const told = { code: "RowsNewer", message: /u1\/switch in Logical_Switch/ };
  assert.throws(() => plan(tables), told);
  assert.throws(() => plan(tables, []), told);
  const known = { ...s, external_ids: new Map([...s.external_ids, [externalId("format"), "1"]]) };
  assert.doesNotThrow(() => plan({ ...complete, Logical_Switch: { s: known } }));
});

test("a setting that is not wanted any more is removed, and one that changed is set", () => {
  const { s } = complete.Logical_Switch;
  const old = new Map([...s.external_ids, [externalId("mtu"), "9000"], [externalId("dns"), "{}"]]);
  const { operations } = plan({ ...complete, Logical_Switch: { s: { ...s, external_ids: old } } });
  assert.equal(operations.length, 1);
  const text = JSON.stringify(operations[0]?.["mutations"]);
  assert.match(text, /"delete".*mtu.*dns.*"insert".*1400/);
});

test("a switch or port of that name that is not ours is a conflict, and nothing is written", () => {
  const foreign = plan({ Logical_Switch: { x: switchRow("foo", new Map()) } });
  assert.deepEqual(foreign, { operations: [], conflict: { table: "Logical_Switch", name: "foo" } });
  const otherCluster = plan({ Logical_Switch: { x: switchRow("foo", marks("u1/switch", "c2")) } });
  assert.deepEqual(otherCluster.conflict, { table: "Logical_Switch", name: "foo" });
  const otherNetwork = plan({ Logical_Switch: { x: switchRow("foo", marks("u2/switch")) } });
  assert.deepEqual(otherNetwork.conflict, { table: "Logical_Switch", name: "foo" });
});

test("a switch is deleted under a wait that it has no ports but ours", () => {
  const { operations } = plan(complete, []);
  const wait = operations.find(({ op }) => op === "wait");
  assert.deepEqual(wait?.["rows"], [{ ports: ["set", [["uuid", "p"]]] }]);
  assert.ok(operations.findIndex((one) => one === wait) < operations.findIndex(({ op }) => op === "delete"));
});

test("rows of another scope are left alone, also when its name begins alike", () => {
  const other = { Logical_Switch: { s: switchRow("foov6", marks("u10/switch")) } };
  assert.deepEqual(told(plan(other, [])), []);
});

test("a port of a pod is none of the rows", () => {
  const pod = new Map([
    [externalId("owner"), "ovn4nfv"],
    [externalId("allocation"), "A"],
  ]);
  const { rows, foreignNames } = readOwnedRows(fakeRows({ Logical_Switch_Port: { p: port(pod) } }), cluster);
  assert.deepEqual([rows.size, foreignNames.size], [0, 0]);
});

test("of a map that others write as well only our keys are set and removed", () => {
  const merged = { other_config: { mcast_snoop: "true", mcast_querier: undefined } };
  const rows = desired.map((row) => (row.id === "u1/switch" ? { ...row, merged } : row));
  const [, insert] = plan({}, rows).operations;
  assert.match(JSON.stringify(insert), /"other_config":\["map",\[\["mcast_snoop","true"\]\]\]/);
  const { s } = complete.Logical_Switch;
  const withConfig = (...entries: readonly (readonly [string, string])[]) => ({
    ...complete,
    Logical_Switch: { s: { ...s, other_config: new Map(entries) } },
  });
  assert.deepEqual(told(plan(withConfig(["mcast_snoop", "true"], ["subnet", "10.0.0.0/8"]), rows)), []);
  const [change, ...others] = plan(withConfig(["mcast_querier", "true"], ["subnet", "10.0.0.0/8"]), rows).operations;
  assert.deepEqual(others, []);
  const text = JSON.stringify(change);
  assert.match(text, /"delete",\["set",\["mcast_snoop","mcast_querier"\]\]/);
  assert.match(text, /"insert",\["map",\[\["mcast_snoop","true"\]\]\]/);
  assert.doesNotMatch(text, /subnet/);
});

test("of a map that is wholly ours every key that is not wanted goes", () => {
  const maps = { other_config: { mcast_snoop: "true" } };
  const rows = desired.map((row) => (row.id === "u1/switch" ? { ...row, maps } : row));
  const [, insert] = plan({}, rows).operations;
  assert.match(JSON.stringify(insert), /"other_config":\["map",\[\["mcast_snoop","true"\]\]\]/);
  const { s } = complete.Logical_Switch;
  const withConfig = (...entries: readonly (readonly [string, string])[]) => ({
    ...complete,
    Logical_Switch: { s: { ...s, other_config: new Map(entries) } },
  });
  assert.deepEqual(told(plan(withConfig(["mcast_snoop", "true"]), rows)), []);
  const [change, ...others] = plan(withConfig(["mcast_snoop", "true"], ["subnet", "10.0.0.0/8"]), rows).operations;
  assert.deepEqual(others, []);
  const text = JSON.stringify(change);
  assert.match(text, /"delete",\["set",\["subnet"\]\]/);
  assert.doesNotMatch(text, /mcast_snoop/);
});

test("rows that stay are gone through once, however many rows are removed", () => {
  const count = 50;
  let looks = 0;
  const stays = {
    ...switchRow("foo", complete.Logical_Switch.s.external_ids),
    get ports() {
      looks += 1;
      return new Set(["p", ...Array.from({ length: count }, (_, n) => `old-${n}`)]);
    },
  };
  const old = Array.from(
    { length: count },
    (_, n) => [`old-${n}`, { ...port(marks(`u1/old-${n}`)), name: `old-${n}` }] as const,
  );
  const ports = { ...complete.Logical_Switch_Port, ...Object.fromEntries(old) };
  const found = plan({ Logical_Switch: { s: stays }, Logical_Switch_Port: ports });
  assert.deepEqual(
    told(found),
    Array.from({ length: count }, () => "mutate Logical_Switch"),
  );
  assert.equal(looks, 1);
});

const router: DesiredRow = { id: "u1/router", table: logicalRouter, columns: { name: "r" } };
const rule: DesiredRow = {
  id: "u1/snat",
  table: topologyNat,
  columns: { type: "snat", external_ip: "198.51.100.20", logical_ip: "10.0.0.0/24" },
  parent: { id: "u1/router", column: "nat" },
};
const ruleRow = (more: object = {}) => ({ ...rule.columns, external_ids: marks("u1/snat"), ...more });
const withRules = (rules: Readonly<Record<string, object>>) => ({
  Logical_Router: { r: { name: "r", nat: Object.keys(rules), external_ids: marks("u1/router") } },
  NAT: rules,
});

test("a rule that two transactions have inserted is one again: the one of the lowest UUID, whichever was read first", () => {
  for (const uuids of [
    ["n1", "n2", "n3"],
    ["n3", "n2", "n1"],
  ]) {
    const tables = withRules(Object.fromEntries(uuids.map((uuid) => [uuid, ruleRow()])));
    const { operations } = plan(tables, [router, rule]);
    const removed = operations.map(({ op, table, mutations }) => `${op} ${String(table)} ${JSON.stringify(mutations)}`);
    assert.deepEqual(
      removed.sort(),
      ["n2", "n3"].map((uuid) => `mutate Logical_Router [["nat","delete",["set",[["uuid","${uuid}"]]]]]`),
    );
  }
});

test("of two rows with one id the one that stays is what is wanted, and all go when none is wanted", () => {
  const tables = withRules({ n2: ruleRow(), n1: ruleRow({ external_ip: "198.51.100.21" }) });
  const [change, removal, ...others] = plan(tables, [router, rule]).operations;
  assert.deepEqual(others, []);
  assert.deepEqual([change?.op, change?.["row"]], ["update", { external_ip: "198.51.100.20" }]);
  assert.match(JSON.stringify(change?.["where"]), /"n1"/);
  assert.match(JSON.stringify(removal?.["mutations"]), /"delete".*"n2"/);
  assert.deepEqual(told(plan(tables, [router])), ["mutate Logical_Router", "mutate Logical_Router"]);
});

test("a second row with the id stays while a newer version has written it", () => {
  const newer = ruleRow({ external_ids: new Map([...marks("u1/snat"), [externalId("format"), "2"]]) });
  assert.throws(() => plan(withRules({ n1: ruleRow(), n2: newer }), [router, rule]), { code: "RowsNewer" });
});

test("a row with a name that carries the id of another one is no accident of ours, and is not deleted", () => {
  const { s } = complete.Logical_Switch;
  const copied = { ...complete, Logical_Switch: { a: { ...s, name: "copy" }, s } };
  assert.deepEqual(told(plan(copied)), []);
});
