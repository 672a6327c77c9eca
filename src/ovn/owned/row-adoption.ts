// The operations that give the rows of a cluster that is gone to the cluster that took its place.
import { mutate, type Mutation, type Operation, type TableSpec, update, type Where } from "ovsdb-client";
import { externalId, type ExternalIdName, ownerValue } from "../external-ids.ts";

/** The keys of ours that say to whom a row belongs. */
export type RowMarks = Readonly<
  Partial<Record<Extract<ExternalIdName, "cluster" | "row" | "claim" | "allocation" | "pod" | "pod-uid">, string>>
>;

/**
 * Rewrites the marks of a row while they are still as they were read. A row that changed or is gone is not matched
 * (`count` 0).
 */
export function rewriteMarks(table: TableSpec, uuid: string, read: RowMarks, wanted: RowMarks): Operation {
  const where = stillMarked(uuid, read);
  const values = keyed(wanted);
  const mutations: readonly (readonly [string, string, unknown])[] = [
    ["external_ids", "delete", Object.keys(values)],
    ["external_ids", "insert", values],
  ];
  return mutate(table, where, mutations as readonly Mutation<TableSpec>[]);
}

/** Gives a row another name, under the same condition. */
export function renameRow(table: TableSpec, uuid: string, read: RowMarks, name: string): Operation {
  return update(table, stillMarked(uuid, read), { name });
}

function stillMarked(uuid: string, read: RowMarks): Where<TableSpec> {
  return [
    ["_uuid", "==", uuid],
    ["external_ids", "includes", { [externalId("owner")]: ownerValue, ...keyed(read) }],
  ];
}

function keyed(marks: RowMarks): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(marks).map(([name, value]) => [externalId(name as ExternalIdName), value]));
}
