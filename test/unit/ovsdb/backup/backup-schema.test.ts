import assert from "node:assert/strict";
import { it } from "node:test";
import { backupSchema, defaultOf, keptColumns } from "#src/ovsdb/backup/backup-schema.ts";

const columns = {
  name: { type: "string" },
  up: { type: { key: "boolean", min: 0, max: 1 } },
  options: { type: { key: "string", value: "string", min: 0, max: "unlimited" } },
  tag: { type: { key: { type: "integer", minInteger: 1 } } },
  is_connected: { type: "boolean", ephemeral: true },
} as const;
const schema = backupSchema.parse({ name: "OVN_Northbound", version: "7.0.0", tables: { Port: { columns } } });

it("has the columns that outlive the server, each with the value that it has when it was never set", () => {
  assert.deepEqual(
    keptColumns(schema, "Port").map(([name, column]) => [name, defaultOf(column)]),
    [
      ["name", ""],
      ["up", ["set", []]],
      ["options", ["map", []]],
      ["tag", 0],
    ],
  );
  assert.deepEqual(keptColumns(schema, "None"), []);
  assert.deepEqual(defaultOf({ type: "uuid" }), ["uuid", "00000000-0000-0000-0000-000000000000"]);
});
