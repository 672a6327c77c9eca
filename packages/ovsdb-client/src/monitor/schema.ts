import { OvsdbError } from "../errors/ovsdb-error.ts";
import type { ColumnSpec, TableSpec } from "../values/table.ts";
import { wireObject } from "../values/wire-object.ts";

/**
 * Compares the tables of a program with the schema of a server (RFC 7047 section 3.2), because a column of another
 * shape would be decoded wrongly. Throws a `ProtocolError` that names each table and column that does not fit.
 */
export function checkSchema(schema: unknown, tables: readonly TableSpec[]): void {
  const { name, version, tables: present } = wireObject(schema, "schema");
  const faults = tables.flatMap((table) => tableFaults(wireObject(present, "schema"), table));
  if (faults.length === 0) return;
  const which = `the schema of ${String(name)} ${typeof version === "string" ? version : "of no version"}`;
  const remedy = "convert the database to a newer one, as an upgrade of its programs does";
  throw new OvsdbError("ProtocolError", `${which} does not fit: ${faults.join("; ")}; ${remedy}`, {
    details: { schemaFaults: faults },
  });
}

function tableFaults(present: Readonly<Record<string, unknown>>, table: TableSpec): string[] {
  const found = present[table.name];
  if (found === undefined) return [`there is no table ${table.name}`];
  const columns = wireObject(wireObject(found, "table schema")["columns"], "table schema");
  return Object.entries(table.columns).flatMap(([name, spec]) => {
    const column = columns[name];
    if (column === undefined) return [`${table.name} has no column ${name}`];
    const actual = describe(wireObject(column, "column schema")["type"]);
    return fits(spec, actual) ? [] : [`${table.name}.${name} is ${print(actual)}, not ${spec.shape} of ${spec.key}`];
  });
}

interface ColumnType {
  readonly key: string;
  readonly value: string | undefined;
  readonly min: number;
  readonly max: number;
}

function describe(type: unknown): ColumnType {
  if (typeof type === "string") return { key: type, value: undefined, min: 1, max: 1 };
  const { key, value, min = 1, max = 1 } = wireObject(type, "column type");
  return {
    key: baseType(key),
    value: value === undefined ? undefined : baseType(value),
    min: Number(min),
    max: max === "unlimited" ? Infinity : Number(max),
  };
}

function baseType(base: unknown): string {
  return typeof base === "string" ? base : String(wireObject(base, "base type")["type"]);
}

function fits(spec: ColumnSpec, { key, value, min, max }: ColumnType): boolean {
  if (spec.key !== key || spec.value !== value) return false;
  switch (spec.shape) {
    case "one":
      return min === 1 && max === 1;
    case "optional":
      return min === 0 && max === 1;
    case "set":
    case "bigSet":
    case "map":
      return max > 1;
  }
}

function print({ key, value, min, max }: ColumnType): string {
  const atoms = value === undefined ? key : `${key} to ${value}`;
  return `${min} to ${max} of ${atoms}`;
}
