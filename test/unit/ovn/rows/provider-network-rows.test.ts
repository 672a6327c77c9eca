import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row, TableSpec } from "ovsdb-client";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { type DesiredRow, planRows } from "#src/ovn/owned/owned-rows.ts";
import { readOwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { providerNetworkRows } from "#src/ovn/rows/provider-network-rows.ts";

const ipv4Subnets = [{ subnet: "10.1.0.0/24" }];
const vlan = { providerNetType: "VLAN", ipv4Subnets, vlan: { vlanId: 100, providerInterfaceName: "eth1" } };
const direct = { providerNetType: "DIRECT", ipv4Subnets, direct: { providerInterfaceName: "eth1" } };

const rowsOf = (spec: object) =>
  providerNetworkRows(parseProviderNetwork({ metadata: { name: "wire", uid: "u1" }, spec }));

/** The row of NB after `desired` was written into an empty one. */
function stored({ id, columns, settings, merged }: DesiredRow): Readonly<Record<string, unknown>> {
  const maps = Object.entries({ ...columns, ...merged }).map(([column, value]) => {
    if (typeof value !== "object" || Array.isArray(value)) return [column, value];
    return [column, new Map(Object.entries(value).filter(([, one]) => one !== undefined))];
  });
  const marks = { owner: "ovn4nfv", cluster: "c1", row: id } as const;
  const ids = Object.entries(marks).map(([key, value]) => [externalId(key as keyof typeof marks), value] as const);
  const external_ids = new Map([...Object.entries(settings ?? {}), ...ids]);
  return { ports: new Set(), ...(Object.fromEntries(maps) as object), external_ids };
}

/** The operations that bring the network from one spec to another, as texts. */
function changes(from: object, to: object): readonly string[] {
  const old = rowsOf(from);
  const source = {
    rows: <T extends TableSpec>(table: T) => {
      const own = old.filter((row) => row.table.name === table.name);
      return new Map(own.map((row) => [row.id, stored(row)])) as unknown as ReadonlyMap<string, Row<T>>;
    },
  };
  const { operations } = planRows("u1", rowsOf(to), readOwnedRows(source, "c1"), "c1");
  return operations.map(({ op, row, mutations }) => `${op} ${JSON.stringify(row ?? mutations)}`);
}

const plain = '["network_name","ovn4nfv-eth1"]';

test("a network that stays as it is costs no operation", () => {
  for (const spec of [vlan, { ...vlan, ethtype: "802.1ad" }, direct, { ...direct, trunk: true }]) {
    assert.deepEqual(changes(spec, spec), []);
  }
});

test("a tag of 802.1ad becomes one of 802.1q, and back", () => {
  const outer = { ...vlan, ethtype: "802.1ad" };
  assert.deepEqual(changes(vlan, outer), [`update {"options":["map",[${plain},["ethtype","802.1ad"]]]}`]);
  const back = [`update {"options":["map",[${plain}]]}`];
  assert.deepEqual(changes(outer, vlan), back);
  assert.deepEqual(changes(outer, { ...vlan, ethtype: "802.1q" }), back);
});

test("a network that loses its tag has an empty tag", () => {
  assert.deepEqual(changes(vlan, direct), ['update {"tag":["set",[]]}']);
  assert.deepEqual(changes(direct, vlan), ['update {"tag":100}']);
});

test("a trunk that becomes a plain network passes the tags of pods no longer", () => {
  const trunk = { ...direct, trunk: true };
  assert.deepEqual(changes(trunk, direct), [
    'mutate [["other_config","delete",["set",["vlan-passthru"]]],["other_config","insert",["map",[]]]]',
  ]);
});
