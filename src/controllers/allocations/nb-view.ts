import type { OvsdbSession, Row, RowChange, TableSpec } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { AddressIndex } from "#src/ipam/index/address-index.ts";
import { type Conflict, ConflictWatch } from "#src/ipam/watch/conflict-watch.ts";
import type { DatabaseListener } from "#src/ovsdb/database-client.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { AllocationRows } from "./allocation-rows.ts";

export interface NbViewOptions {
  readonly nb: NbFeed;
  readonly cluster: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** An allocation's rows came, changed or went. */
  readonly onChange: (allocation: string) => void;
  readonly onConflict: (conflict: Conflict) => void;
}

/** What the controller makes of NB: who holds which address, and which ports belong to which allocation. */
export class NbView implements DatabaseListener {
  readonly index: AddressIndex;
  readonly rows: AllocationRows;
  readonly #nb: NbFeed;
  readonly #conflicts: ConflictWatch;

  constructor(options: NbViewOptions) {
    const { nb, cluster, clock, logger, metrics, onChange, onConflict } = options;
    this.#nb = nb;
    this.rows = new AllocationRows({ cluster, monotonicMs: () => clock.monotonicMs(), onChange });
    this.index = new AddressIndex({
      source: { rows: (table) => this.table(table) },
      clock,
      // Nothing is chosen here: addresses need no rest, and searches no start.
      cooldownMs: 0,
      randomBelow: () => 0n,
      events: {
        clashed: (_state, portUuid) => {
          this.#conflicts.clashed(portUuid);
        },
      },
    });
    this.#conflicts = new ConflictWatch({ index: this.index, clock, logger, metrics, onConflict });
    nb.follow(this);
  }

  /** The session in sync, or the next; see `DatabaseClient.waitForSession`. */
  session(options: CallOptions): Promise<OvsdbSession> {
    return this.#nb.waitForSession(options);
  }

  /** The session while there is one. */
  get currentSession(): OvsdbSession | undefined {
    return this.#nb.session;
  }

  /** Addresses that were reported as held by more than one, and still are. */
  conflicts(): readonly Conflict[] {
    return this.#conflicts.lasting();
  }

  table<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return this.#nb.rows(table);
  }

  changed(changes: readonly RowChange[]): void {
    // First whose the addresses are: those who are told of a changed allocation may look.
    this.index.apply(changes);
    this.rows.apply(changes);
  }

  synced(): void {}

  lost(): void {}
}
