import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row, TableSpec } from "ovsdb-client";
import { readOldRows } from "#src/controllers/adoption/old-rows.ts";

type Texts = Readonly<Record<string, string>>;

function row(name: string, ids: Texts): Row {
  const keys = Object.entries(ids).map(([key, value]) => [`k8s.plugin.opnfv.org/${key}`, value] as const);
  return { name, external_ids: new Map(keys) };
}

test("only rows with our owner and that cluster are read, ports of pods apart from rows of Networks", () => {
  const ours = { owner: "ovn4nfv", cluster: "old" };
  const tables = new Map([
    [
      "Logical_Switch",
      new Map([
        ["s1", row("blue", { ...ours, row: "n1/switch" })],
        ["s2", row("foreign", { cluster: "old", row: "n2/switch" })],
      ]),
    ],
    [
      "Logical_Switch_Port",
      new Map([
        ["p1", row("A-net1", { ...ours, allocation: "A", namespace: "default", pod: "web", "pod-uid": "u" })],
        ["p2", row("B-net1", { ...ours, cluster: "new", allocation: "B", namespace: "default" })],
        ["p3", row("vm", {})],
      ]),
    ],
  ]);
  const source = {
    rows: <T extends TableSpec>(table: T) => (tables.get(table.name) ?? new Map()) as unknown as Map<string, Row<T>>,
  };
  assert.deepEqual(
    readOldRows(source, "old").map(({ uuid, name, namespace, marks }) => [uuid, name, namespace, marks]),
    [
      ["s1", "blue", "", { cluster: "old", row: "n1/switch" }],
      ["p1", "A-net1", "default", { cluster: "old", allocation: "A", pod: "web", "pod-uid": "u" }],
    ],
  );
});
