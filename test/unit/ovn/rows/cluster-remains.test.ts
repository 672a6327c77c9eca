import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeRows, type RowsByTable } from "#test/fakes/ovn/fake-nb.ts";
import { readRemains } from "#src/ovn/rows/cluster-remains.ts";
import { externalId } from "#src/ovn/external-ids.ts";

const ids = (entries: Partial<Record<Parameters<typeof externalId>[0], string>>) =>
  new Map(
    Object.entries(entries).map(([name, value]) => [externalId(name as Parameters<typeof externalId>[0]), value]),
  );

const owner = "ovn4nfv";
const podPort = (cluster: string) => ({
  name: "p",
  external_ids: ids({ owner, cluster, allocation: "01A", pod: "a" }),
});
const ownRow = (row: string, cluster = "c1") => ({
  name: row,
  ports: new Set(),
  external_ids: ids({ owner, cluster, row }),
});
const keys = new Map([
  ["k8s.plugin.opnfv.org/fence-webhook-1", "7"],
  ["somebody/else", "1"],
]);

const mine: RowsByTable = {
  Logical_Switch: {
    s1: { ...ownRow("uid-1/switch"), ports: new Set(["p1", "vm"]) },
    s2: { name: "theirs", ports: new Set(["p2"]), external_ids: new Map() },
    s3: ownRow("topology/ovn4nfv-join"),
  },
  Logical_Switch_Port: {
    p1: podPort("c1"),
    p2: podPort("c1"),
    vm: { name: "vm", external_ids: new Map() },
  },
  Logical_Router: { r1: ownRow("topology/ovn4nfv-master") },
  NB_Global: { g: { external_ids: keys } },
};

test("ports of pods are found on our switches and on those of others, and no port of somebody else", () => {
  assert.deepEqual(readRemains(fakeRows(mine), "c1").ports, [
    { uuid: "p1", switchUuid: "s1" },
    { uuid: "p2", switchUuid: "s2" },
  ]);
});

test("rows that keep claims go with the ports of pods", () => {
  const kept = { name: "k", external_ids: ids({ owner, cluster: "c1", namespace: "default", claim: "db-0" }) };
  const switches = { s1: { ...ownRow("uid-1/switch"), ports: new Set(["k"]) } };
  const { ports } = readRemains(
    fakeRows({ ...mine, Logical_Switch: switches, Logical_Switch_Port: { k: kept } }),
    "c1",
  );
  assert.deepEqual(ports, [{ uuid: "k", switchUuid: "s1" }]);
});

test("the topology is the last scope", () => {
  assert.deepEqual(readRemains(fakeRows(mine), "c1").scopes, ["uid-1", "topology"]);
});

test("fence keys of replicas go, and nothing else of NB_Global", () => {
  assert.deepEqual(readRemains(fakeRows(mine), "c1").fenceKeys, [["k8s.plugin.opnfv.org/fence-webhook-1", "7"]]);
});

test("beside another cluster its ports, its rows and all fence keys stay", () => {
  const shared = { ...mine, Logical_Switch: { ...mine["Logical_Switch"], other: ownRow("uid-9/switch", "c2") } };
  assert.deepEqual(readRemains(fakeRows(shared), "c1").fenceKeys, []);
  assert.deepEqual(readRemains(fakeRows(shared), "c2"), {
    ports: [],
    scopes: ["uid-9"],
    fenceKeys: [],
    groupRemoval: [],
  });
});

test("the group of load balancers goes from its switches first, and that of another cluster stays", () => {
  const groups = {
    g1: { name: "ovn4nfv-c1", load_balancer: new Set() },
    g2: { name: "ovn4nfv-c2", load_balancer: new Set() },
  };
  const blue = { ...ownRow("uid-1/switch"), load_balancer_group: ["g1", "theirs"] };
  const nb = { Logical_Switch: { s1: blue }, Load_Balancer_Group: groups };
  const removal = readRemains(fakeRows(nb), "c1").groupRemoval.map((one) =>
    "where" in one ? [one.op, one.where] : [],
  );
  assert.deepEqual(removal, [
    ["mutate", [["_uuid", "==", ["uuid", "s1"]]]],
    ["delete", [["_uuid", "==", ["uuid", "g1"]]]],
  ]);
});
