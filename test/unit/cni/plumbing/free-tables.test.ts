import assert from "node:assert/strict";
import { test } from "node:test";
import { inFreeTables } from "#cni/plumbing/free-tables.ts";
import { emptyNetworkState, type NetworkState } from "#cni/plumbing/network-state.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const [one] = podInterfaces("c1", sampleResults, 1400);
const [first, second] = [
  { ...one, name: "a", table: 1_001 },
  { ...one, name: "b", table: 1_002 },
] as [NonNullable<typeof one>, NonNullable<typeof one>];
const route = (table?: number) => ({ to: "10.1.0.0/24", hops: [{ device: "net1" }], table });
const state = (more: Partial<NetworkState>): NetworkState => ({ ...emptyNetworkState, ...more });
const tables = (found: NetworkState) => inFreeTables([first, second], found).interfaces.map(({ table }) => table);

test("interfaces keep the tables of their places when nobody else has them", () => {
  assert.deepEqual(tables(emptyNetworkState), [1_001, 1_002]);
  assert.deepEqual(
    tables(state({ routes: [route(), route(1_000)], rules: [{ from: "10.1.0.4/32", table: 1_000 }] })),
    [1_001, 1_002],
  );
});

test("a table that an interface of the pod has is passed by, and no two get the same", () => {
  assert.deepEqual(tables(state({ routes: [route(1_001)] })), [1_000, 1_002]);
  assert.deepEqual(tables(state({ routes: [route(1_002), route(1_000)] })), [1_001, 1_003]);
});

test("rules that an interface has left behind are removed, and its table is free again; rules of others stay", () => {
  const rules = [
    { from: "10.1.0.7/32", table: 1_001 },
    { from: "10.1.0.8/32", table: 1_000 },
    { from: "10.1.0.9/32", table: 99 },
  ];
  const { commands, interfaces } = inFreeTables([first], state({ rules, routes: [route(1_000)] }));
  assert.deepEqual(commands, ["rule-del 10.1.0.7/32 1001"]);
  assert.equal(interfaces[0]?.table, 1_001);
});

test("an interface that shares no subnet needs no table, and nothing is touched for it", () => {
  const alone = { ...first, table: undefined };
  const rules = [{ from: "10.1.0.7/32", table: 1_001 }];
  assert.deepEqual(inFreeTables([alone], state({ rules })), { interfaces: [alone], commands: [] });
});
