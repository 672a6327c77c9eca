import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RowChange } from "ovsdb-client";
import { AllocationRows } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { controllerPort, controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import { Replica } from "#packages/ovsdb-client/src/monitor/replica.ts";
import { id, portName } from "#test/fixtures/controllers/labelled-pod.ts";

const prefix = "k8s.plugin.opnfv.org/";
type ExternalIds = Readonly<Record<string, string>>;
const ours: ExternalIds = {
  owner: "ovn4nfv",
  allocation: id,
  namespace: "default",
  pod: "web",
  "pod-uid": "",
  cluster: "c1",
};

function portRow(externalIds: ExternalIds) {
  const entries = Object.entries(externalIds).map(([key, value]) => [prefix + key, value] as const);
  const row = { name: portName, type: "", addresses: [], dynamic_addresses: undefined, options: new Map() };
  return { ...row, external_ids: new Map(entries) };
}

function change(before: ExternalIds | undefined, after: ExternalIds | undefined, uuid = "row-1"): RowChange {
  const row = (ids: ExternalIds | undefined) => (ids === undefined ? undefined : portRow(ids));
  return { table: "Logical_Switch_Port", uuid, before: row(before), after: row(after), deltas: {} };
}

function opened() {
  const told: string[] = [];
  let nowMs = 0;
  const rows = new AllocationRows({ cluster: "c1", monotonicMs: () => nowMs, onChange: (each) => told.push(each) });
  const at = (ms: number, ...changes: RowChange[]) => {
    nowMs = ms;
    rows.apply(changes);
  };
  return { rows, told, at };
}

describe("AllocationRows", () => {
  it("finds the rows of an allocation, and reports a change once for each message", () => {
    const { rows, told, at } = opened();
    at(5, change(undefined, ours), change(undefined, ours, "row-2"));
    assert.deepEqual(
      rows.of(id).map(({ uuid }) => uuid),
      ["row-1", "row-2"],
    );
    assert.deepEqual([told, [...rows.ids()]], [[id], [id]]);
  });

  it("takes a row that keeps a claim neither for an allocation nor for a port of nobody", () => {
    const { rows, at } = opened();
    at(5, change(undefined, { owner: "ovn4nfv", cluster: "c1", namespace: "default", claim: "db-0" }));
    assert.deepEqual([[...rows.ids()], [...rows.unknown()]], [[], []]);
  });

  it("tells of a row in a format of a newer version, and of its allocation that it has one", () => {
    const { rows, at } = opened();
    at(5, change(undefined, { ...ours, format: "2" }), change(undefined, { ...ours, format: "1" }, "row-2"));
    assert.deepEqual(
      rows.of(id).map(({ isNewer = false }) => isNewer),
      [true, false],
    );
    assert.deepEqual([...rows.unknown()], [portName]);
    at(6, change({ ...ours, format: "2" }, undefined));
    assert.deepEqual([...rows.unknown()], []);
  });

  it("keeps the time of the first sight while a row changes", () => {
    const { rows, at } = opened();
    at(5, change(undefined, ours));
    at(9, change(ours, { ...ours, "pod-uid": "uid-web" }));
    assert.deepEqual([rows.of(id)[0]?.firstSeenMs, rows.of(id)[0]?.owner.podUid], [5, "uid-web"]);
  });

  it("counts the age of a row that was gone from its return", () => {
    const { rows, at } = opened();
    at(5, change(undefined, ours));
    at(6, change(ours, undefined));
    assert.deepEqual(rows.of(id), []);
    at(9, change(undefined, ours));
    assert.equal(rows.of(id)[0]?.firstSeenMs, 9);
  });

  it("leaves rows of other owners and clusters alone", () => {
    const { rows, told, at } = opened();
    at(0, change(undefined, { ...ours, owner: "neutron" }), change(undefined, { ...ours, cluster: "c2" }, "row-2"));
    assert.deepEqual([rows.of(id), told, [...rows.unknown()]], [[], [], []]);
  });

  it("reports rows with our owner and no cluster, or no allocation, and touches none", () => {
    const { rows, at } = opened();
    at(0, change(undefined, { owner: "ovn4nfv" }), change(undefined, { ...ours, allocation: "" }, "row-2"));
    assert.deepEqual([[...rows.ids()], [...rows.unknown()]], [[], [portName, portName]]);
    at(0, change({ owner: "ovn4nfv" }, undefined));
    assert.deepEqual([...rows.unknown()], [portName]);
  });

  it("reads the whole owner through the monitored table, which drops the keys of others", () => {
    const { rows, at } = opened();
    const replica = new Replica(controllerTables);
    const written = [...Object.entries(ours).map(([key, value]) => [prefix + key, value]), ["neutron:port_name", "vm"]];
    const uuid = "00000000-0000-4000-8000-000000000001";
    const insert = { name: portName, external_ids: ["map", written] };
    const changes = replica.decodeUpdates({ [controllerPort.name]: { [uuid]: { insert } } });
    replica.apply(changes);
    at(0, ...changes);
    assert.deepEqual(rows.of(id)[0]?.owner, {
      allocation: id,
      namespace: "default",
      pod: "web",
      podUid: "",
      cluster: "c1",
    });
    const kept = replica.rows(controllerPort.name).get(uuid) as { readonly external_ids: Map<string, string> };
    assert.equal(kept.external_ids.has("neutron:port_name"), false);
  });
});
