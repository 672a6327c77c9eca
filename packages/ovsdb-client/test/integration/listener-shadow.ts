import assert from "node:assert/strict";
import type { SetDelta } from "../../src/monitor/row-change.ts";
import type { Row, TableSpec } from "../../src/values/table.ts";
import { canonicalRow, type CanonicalRows } from "./canonical-rows.ts";
import type { RecordedEvent } from "./recorded-client.ts";

/** The rows as a program knows them that sees only the calls of the listener. */
export class ListenerShadow {
  readonly syncs = { full: 0, resumed: 0, restored: 0 };
  readonly #rows = new Map<string, Map<string, Row>>();
  /** They are built from the deltas alone, because the sets of the rows are shared and change. */
  readonly #bigSets = new Map<string, Set<unknown>>();

  take(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.kind === "synced") this.syncs[event.how] += 1;
      if (event.kind !== "changed") continue;
      for (const { table, uuid, before, after, deltas } of event.changes) {
        const rows = this.#rows.get(table) ?? new Map<string, Row>();
        this.#rows.set(table, rows);
        assert.equal(rows.get(uuid), before, `${table} ${uuid}: before is not the after of the change before it`);
        if (after === undefined) rows.delete(uuid);
        else rows.set(uuid, after);
        for (const [name, delta] of Object.entries(deltas as Record<string, SetDelta>)) this.#add(uuid, name, delta);
      }
    }
  }

  canonical(tables: readonly TableSpec[]): CanonicalRows {
    return Object.fromEntries(
      tables.map((table) => {
        const rows = Array.from(this.#rows.get(table.name) ?? [], ([uuid, row]) => {
          const known = Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, this.#bigSets.get(`${uuid} ${name}`) ?? value]),
          );
          return canonicalRow(table, uuid, known);
        });
        return [table.name, rows.sort()];
      }),
    );
  }

  #add(uuid: string, name: string, { added, removed }: SetDelta): void {
    const key = `${uuid} ${name}`;
    const set = this.#bigSets.get(key) ?? new Set();
    this.#bigSets.set(key, set);
    for (const item of removed) assert.ok(set.delete(item), `${key}: removed what was not there`);
    for (const item of added) {
      assert.ok(!set.has(item), `${key}: added what was there`);
      set.add(item);
    }
  }
}
