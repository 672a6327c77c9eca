import assert from "node:assert/strict";
import { it } from "node:test";
import { planRestore, schemaFaults } from "#src/ovsdb/backup/restore-plan.ts";

const set = { key: "string", min: 0, max: "unlimited" } as const;
const schema = {
  name: "OVN_Northbound",
  version: "7.0.0",
  tables: {
    Logical_Switch_Port: {
      columns: { name: { type: "string" }, addresses: { type: set }, up: { type: { key: "boolean", min: 0, max: 1 } } },
    },
  },
};
const ports = (rows: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
  new Map([["Logical_Switch_Port", new Map(Object.entries(rows))]]);

it("touches no row that is as it was, whatever order its sets have and whatever OVN says of it", () => {
  const now = ports({ a: { name: "a", addresses: ["set", ["x", "y"]], up: true }, b: { name: "b", addresses: "x" } });
  const then = ports({ a: { name: "a", addresses: ["set", ["y", "x"]] }, b: { name: "b", addresses: ["set", ["x"]] } });
  assert.deepEqual(planRestore(schema, now, then), { operations: [], inserted: 0, updated: 0, deleted: 0 });
});

it("sets a column to nothing that had no value, and keeps the UUIDs of rows that come back", () => {
  const now = ports({ a: { name: "a", addresses: "x" }, later: { name: "later" } });
  const then = ports({ a: { name: "a" }, gone: { name: "gone" } });
  const table = "Logical_Switch_Port";
  assert.deepEqual(planRestore(schema, now, then).operations, [
    { op: "delete", table, where: [["_uuid", "==", ["uuid", "later"]]] },
    { op: "update", table, where: [["_uuid", "==", ["uuid", "a"]]], row: { addresses: ["set", []] } },
    { op: "insert", table, uuid: "gone", row: { name: "gone" } },
  ]);
});

it("names each column that the server would not take", () => {
  const backup = { schema, tables: ports({ a: { name: "a", addresses: "x", up: true } }) };
  assert.deepEqual(schemaFaults(schema, backup), []);
  const columns = { name: { type: "integer" }, addresses: { type: set } };
  assert.deepEqual(schemaFaults({ ...schema, tables: { Logical_Switch_Port: { columns } } }, backup), [
    "Logical_Switch_Port.name is one integer, and not one string",
    "Logical_Switch_Port has no column up",
  ]);
  assert.deepEqual(schemaFaults({ ...schema, tables: {} }, backup), ["there is no table Logical_Switch_Port"]);
});
