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
  /** Called when the rows of an allocation came, changed or went. */
  readonly onChange: (allocation: string) => void;
  readonly onConflict: (conflict: Conflict) => void;
}

/** Reads from NB what the controller needs: the holder of each address, and the ports of each allocation. */
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
      // Nothing is chosen here, so addresses need no cooldown and searches no start.
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

  /** The session that is in sync, or the next one; see `DatabaseClient.waitForSession`. */
  session(options: CallOptions): Promise<OvsdbSession> {
    return this.#nb.waitForSession(options);
  }

  /** The session while there is one. */
  get currentSession(): OvsdbSession | undefined {
    return this.#nb.session;
  }

  /** Addresses that were reported because several hold them, and that several still hold. */
  conflicts(): readonly Conflict[] {
    return this.#conflicts.lasting();
  }

  table<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return this.#nb.rows(table);
  }

  changed(changes: readonly RowChange[]): void {
    // The index comes first: those who are told of a changed allocation may ask it.
    this.index.apply(changes);
    this.rows.apply(changes);
  }

  synced(): void {}

  lost(): void {}
}
