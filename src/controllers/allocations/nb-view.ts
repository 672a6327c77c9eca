import type { OvsdbSession, Row, RowChange, TableSpec } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { AddressIndex } from "#src/ipam/index/address-index.ts";
import { type Conflict, ConflictWatch } from "#src/ipam/watch/conflict-watch.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { FloatingHolder } from "#src/ipam/index/floating-addresses.ts";
import type { DatabaseListener } from "#src/ovsdb/database-client.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import { handoverFor, type HandoverOf } from "../allocation-rules/handover.ts";
import { AllocationRows, type PortRow } from "../allocation-rules/allocation-rows.ts";
import { askingGuests, hasItsAnswers } from "./dhcp-repair.ts";
import { besideChanged } from "./port-handover.ts";
import { hasItsRule } from "./floating-repair.ts";
import { isAsWritten } from "../allocation-rules/port-comparison.ts";

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
  readonly #cluster: string;
  readonly #onChange: NbViewOptions["onChange"];
  readonly #conflicts: ConflictWatch;
  /** Allocations of which a port came to a switch in the current message. The row of a port that moves does not change. */
  readonly #placed = new Set<string>();

  constructor(options: NbViewOptions) {
    const { nb, cluster, clock, logger, metrics, onChange, onConflict } = options;
    this.#nb = nb;
    this.#cluster = cluster;
    this.#onChange = onChange;
    this.rows = new AllocationRows({ cluster, monotonicMs: () => clock.monotonicMs(), onChange });
    this.index = new AddressIndex({
      source: { rows: (table) => this.table(table) },
      clock,
      // Nothing is chosen here, so addresses need no cooldown and searches no start.
      cooldownMs: 0,
      randomBelow: () => 0n,
      events: {
        portAdded: (_uuid, _name, { allocation }) => {
          this.#placed.add(allocation);
        },
        heldTwice: (_state, portUuid) => {
          this.#conflicts.heldTwice(portUuid);
        },
        floatingHeldTwice: (uuid) => {
          this.#conflicts.heldTwice(uuid);
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

  /** The names of the switches that the port is on. */
  readonly switchesOf = ({ uuid }: PortRow): readonly string[] =>
    this.index.switchesOf(uuid).map((state) => state.network.name);

  /** Names of ports on several switches that are no allocation of this cluster. */
  othersOnSeveralSwitches(): readonly string[] {
    return [...this.index.onSeveralSwitches()].flatMap((uuid) => {
      const row = this.index.port(uuid);
      const id = row && portOwner(row.external_ids)?.allocation;
      const isOurs = id !== undefined && this.rows.of(id).some((each) => each.uuid === uuid);
      return row === undefined || isOurs ? [] : [row.name];
    });
  }

  /** True when the port is in NB as it was written for the interface. */
  readonly isAsWritten = ({ uuid, owner }: PortRow, result: InterfaceResult): boolean => {
    const row = this.table(controllerPort).get(uuid);
    const networks = this.index.switchesOf(uuid).map((state) => state.network.name);
    // A port that is on another switch as well is told of by itself.
    const network = networks.find((name) => name === result.network) ?? networks[0];
    return (
      row !== undefined &&
      isAsWritten({ row, network }, owner.allocation, result) &&
      hasItsRule(result, this.index) &&
      hasItsAnswers(row, result, this.index)
    );
  };

  /** The move of a machine's addresses that is due for the port. */
  readonly handoverOf: HandoverOf = (row, pod) => handoverFor(this.index)(row, pod);

  /** Ids of all allocations that have ports or rules in NB. */
  ids(): ReadonlySet<string> {
    return new Set([...this.rows.ids(), ...this.#withRules()]);
  }

  /** The rules of an allocation of which the port is gone. */
  readonly orphanedRules = (allocation: string): readonly FloatingHolder[] => {
    const rules = this.index.floating.ofAllocation(allocation).filter(({ cluster }) => cluster === this.#cluster);
    if (rules.length === 0) return rules;
    const ports = new Set(this.rows.of(allocation).map(({ name }) => name));
    return rules.filter(({ holder }) => !ports.has(holder));
  };

  #withRules(): readonly string[] {
    return [...this.index.floating.allocations()].filter((id) => this.orphanedRules(id).length > 0);
  }

  changed(changes: readonly RowChange[]): void {
    const before = changes.flatMap(({ uuid }) => this.index.floating.row(uuid) ?? []);
    // The index comes first: those who are told of a changed allocation may ask it.
    this.index.apply(changes);
    this.rows.apply(changes, this.#placed);
    for (const allocation of askingGuests(changes, this.index)) this.#onChange(allocation);
    for (const allocation of besideChanged(changes, this.index)) this.#onChange(allocation);
    const after = changes.flatMap(({ uuid }) => this.index.floating.row(uuid) ?? []);
    for (const { allocation, cluster } of [...before, ...after]) {
      if (allocation !== "" && cluster === this.#cluster) this.#onChange(allocation);
    }
    this.#placed.clear();
  }

  synced(): void {}

  lost(): void {}
}
