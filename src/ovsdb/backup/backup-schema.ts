import * as z from "zod";

const base = z.union([z.string(), z.looseObject({ type: z.string() })]);
const columnType = z.union([
  z.string(),
  z.looseObject({
    key: base,
    value: base.optional(),
    min: z.number().optional(),
    max: z.union([z.number(), z.literal("unlimited")]).optional(),
  }),
]);
const columnSchema = z.looseObject({ type: columnType, ephemeral: z.boolean().optional() });

/** The schema of a database, as far as a backup needs it (RFC 7047 section 3.2). */
export const backupSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  tables: z.record(z.string(), z.looseObject({ columns: z.record(z.string(), columnSchema) })),
});

export type BackupSchema = z.output<typeof backupSchema>;
type BackupColumn = z.output<typeof columnSchema>;

/** The columns that a database keeps when its server stops, by their names. */
export function keptColumns(schema: BackupSchema, table: string): readonly (readonly [string, BackupColumn])[] {
  return Object.entries(schema.tables[table]?.columns ?? {}).filter(([, { ephemeral }]) => ephemeral !== true);
}

/** The value of a column that was never set (RFC 7047 section 5.2.1), as it goes on the wire. */
export function defaultOf({ type }: BackupColumn): unknown {
  if (typeof type === "string") return defaultAtom(type);
  if (type.value !== undefined) return ["map", []];
  return (type.min ?? 1) === 0 ? ["set", []] : defaultAtom(typeof type.key === "string" ? type.key : type.key.type);
}

function defaultAtom(type: string): unknown {
  const atoms: Readonly<Record<string, unknown>> = { integer: 0, real: 0, boolean: false, string: "" };
  return type in atoms ? atoms[type] : ["uuid", "00000000-0000-0000-0000-000000000000"];
}

/** Says the type of a column as a backup and a server must have it alike, without what only checks values. */
export function shapeOf({ type }: BackupColumn): string {
  if (typeof type === "string") return `one ${type}`;
  const { key, value, min = 1, max = 1 } = type;
  const name = (of: z.output<typeof base>): string => (typeof of === "string" ? of : of.type);
  const what = value === undefined ? name(key) : `${name(key)} to ${name(value)}`;
  if (min === 1 && max === 1) return `one ${what}`;
  return max === 1 ? `at most one ${what}` : `a set of ${what}`;
}
