// The operations by which rows of a cluster that is no more become those of the one that took its place.
import { mutate, type Mutation, type Operation, type TableSpec, type Where } from "ovsdb-client";
import { externalId, type ExternalIdName, ownerValue } from "./external-ids.ts";

/** Keys of ours that say whose a row is: those read, and those to be. */
export type RowMarks = Readonly<
  Partial<Record<Extract<ExternalIdName, "cluster" | "row" | "allocation" | "pod" | "pod-uid">, string>>
>;

/** Rewrites the marks of a row while they are as they were read; a row that changed or went is not matched (`count` 0). */
export function rewriteMarks(table: TableSpec, uuid: string, read: RowMarks, wanted: RowMarks): Operation {
  const where: Where<TableSpec> = [
    ["_uuid", "==", uuid],
    ["external_ids", "includes", { [externalId("owner")]: ownerValue, ...keyed(read) }],
  ];
  const values = keyed(wanted);
  const mutations: readonly (readonly [string, string, unknown])[] = [
    ["external_ids", "delete", Object.keys(values)],
    ["external_ids", "insert", values],
  ];
  return mutate(table, where, mutations as readonly Mutation<TableSpec>[]);
}

function keyed(marks: RowMarks): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(marks).map(([name, value]) => [externalId(name as ExternalIdName), value]));
}
