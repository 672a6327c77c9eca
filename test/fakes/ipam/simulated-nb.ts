// A Northbound database in memory. It has one log of commits in order, and transactions may come late.
import type { Operation } from "ovsdb-client";
import { printParameters } from "#packages/ovsdb-client/src/connection/printed-json.ts";
import { encodeValue } from "#packages/ovsdb-client/src/values/value-encoder.ts";
import { columnsOf, emptySnapshot, execute, type Outcome, type Snapshot } from "./simulated-transaction.ts";

export class SimulatedNb {
  readonly #log: Snapshot[] = [emptySnapshot];
  #uuids = 0;

  /** The number of the newest commit. */
  get last(): number {
    return this.#log.length - 1;
  }

  get now(): Snapshot {
    return this.at(this.last);
  }

  at(commit: number): Snapshot {
    return this.#log[commit] ?? emptySnapshot;
  }

  /** Runs a transaction at this moment. */
  execute(operations: readonly Operation[]): Outcome {
    const outcome = execute(this.now, asReceived(operations), () => this.#newUuid());
    if (outcome.after !== undefined) this.#log.push(outcome.after);
    return outcome;
  }

  /** Replaces the content by a backup. */
  restore(backup: Snapshot): void {
    this.#log.push(backup);
  }

  #newUuid(): string {
    this.#uuids += 1;
    return `00000000-0000-4000-8000-${this.#uuids.toString().padStart(12, "0")}`;
  }
}

/** The operations as the server reads them. Some of them are text already. */
export function asReceived(operations: readonly Operation[]): readonly Operation[] {
  return JSON.parse(printParameters(operations)) as readonly Operation[];
}

/** The `<table-updates>` (RFC 7047, section 4.1.6) that lead from one snapshot to another. */
export function updatesBetween(before: Snapshot, after: Snapshot): Record<string, Record<string, unknown>> {
  const updates: Record<string, Record<string, unknown>> = {};
  for (const [table, rows] of after) {
    const old = before.get(table);
    const changed: Record<string, unknown> = {};
    for (const [uuid, row] of rows) if (old?.get(uuid) !== row) changed[uuid] = { new: wireRow(table, row) };
    for (const uuid of old?.keys() ?? []) if (!rows.has(uuid)) changed[uuid] = { old: {} };
    if (Object.keys(changed).length > 0) updates[table] = changed;
  }
  return updates;
}

/** A row in wire notation. */
export function wireRow(table: string, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const monitored = Object.entries(columnsOf(table)).filter(([, spec]) => spec.monitored);
  return Object.fromEntries(monitored.map(([name, spec]) => [name, encodeValue(spec, row[name], name)]));
}
