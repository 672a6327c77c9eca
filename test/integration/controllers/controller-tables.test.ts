import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import { schemaFile } from "#tools/programs/ovn-binaries.ts";

interface Schema {
  readonly tables: Readonly<Record<string, { readonly columns: Readonly<Record<string, unknown>> }>>;
}

test("every table and column is one of OVN_Northbound", () => {
  const schema = JSON.parse(readFileSync(schemaFile("OVN_Northbound"), "utf8")) as Schema;
  const unknown = controllerTables.flatMap(({ name, columns }) =>
    Object.keys(columns).filter((column) => schema.tables[name]?.columns[column] === undefined),
  );
  assert.deepEqual(unknown, []);
});
