// The results of the operations of a transaction, or the error of one that was refused (RFC 7047 sections 4.1.3 and
// 5.2).
import { OvsdbError } from "../errors/ovsdb-error.ts";
import { Interner } from "../values/interner.ts";
import { readTransactionFault } from "../errors/transaction-fault.ts";
import type { Operation } from "./operations.ts";
import type { Row, TableSpec } from "../values/table.ts";
import { decodeValue } from "../values/value-decoder.ts";
import { wireArray, wireObject } from "../values/wire-object.ts";

/**
 * The result of one operation. `insert` has `uuid`; `update`, `mutate` and `remove` have `count`; `select` has `rows`.
 */
export interface OperationResult {
  readonly uuid?: string;
  readonly count?: number;
  /** Rows as they come from the wire; `selectedRows` decodes them. */
  readonly rows?: readonly unknown[];
}

/**
 * The results of a transaction, one for each operation. Throws `TransactionFailed` when one of them failed, or the
 * commit of all: "if all of the operations succeed, but the results cannot be committed, then "result" will have one
 * more element than "params"" (RFC 7047 section 4.1.3).
 */
export function checkResults(operations: readonly Operation[], result: unknown): readonly OperationResult[] {
  const elements = wireArray(result, "result of a transaction");
  for (const [index, element] of elements.entries()) {
    if (typeof element !== "object" || element === null || !("error" in element)) continue;
    const { error, details } = element as { error: unknown; details?: unknown };
    throw transactionFailed(operations, error, details, index < operations.length ? index : undefined);
  }
  if (elements.length < operations.length) {
    throw new OvsdbError("ProtocolError", "the server sent fewer results than there were operations");
  }
  return elements.slice(0, operations.length).map(decodeResult);
}

/** Makes the error for a failed transaction. `index` names the failed operation; without it the commit failed. */
export function transactionFailed(
  operations: readonly Operation[],
  error: unknown,
  serverDetails: unknown,
  index?: number,
): OvsdbError {
  const where = index === undefined ? "the commit" : `operation ${index} (${operations[index]?.op ?? ""})`;
  const said = typeof error === "string" ? error : (JSON.stringify(error) as string | undefined);
  const more = typeof serverDetails === "string" ? `: ${serverDetails}` : "";
  return new OvsdbError("TransactionFailed", `${where} failed: ${said ?? "unknown error"}${more}`, {
    details: { reason: readTransactionFault(error), serverError: said, operation: index, serverDetails },
  });
}

/** A row of a `select`, with the columns that were asked for. */
export interface SelectedRow<T extends TableSpec> {
  readonly uuid: string | undefined;
  readonly row: Partial<Row<T>>;
}

/** Decodes the rows of the result of a `select` of this table. */
export function selectedRows<T extends TableSpec>(table: T, result: OperationResult | undefined): SelectedRow<T>[] {
  const interner = new Interner();
  return (result?.rows ?? []).map((wire) => {
    const { _uuid: uuid, ...members } = wireObject(wire, "row");
    const row: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(members)) {
      const spec = table.columns[name];
      if (spec !== undefined) row[name] = decodeValue(spec, value, interner);
    }
    return { uuid: Array.isArray(uuid) ? String(uuid[1]) : undefined, row: row as Partial<Row<T>> };
  });
}

function decodeResult(wire: unknown): OperationResult {
  const { uuid, count, rows } = wireObject(wire, "result");
  if (Array.isArray(uuid) && typeof uuid[1] === "string") return { uuid: uuid[1] };
  if (typeof count === "number") return { count };
  return Array.isArray(rows) ? { rows } : {};
}
