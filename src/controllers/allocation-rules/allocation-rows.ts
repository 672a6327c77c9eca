import { changeIn, type Row, type RowChange } from "ovsdb-client";
import { externalId, hasNewerFormat, ownerValue } from "#src/ovn/external-ids.ts";
import { requestedChassis } from "#src/ovn/ports/port-operations.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { type PortOwner, portOwner } from "#src/ovn/port-ownership.ts";
import { controllerPort } from "../northbound/controller-tables.ts";

/** A port of ours, as the monitor shows it. */
export interface PortRow {
  readonly uuid: string;
  readonly name: string;
  readonly owner: PortOwner;
  /** Monotonic time at which the monitor first showed the row. */
  readonly firstSeenMs: number;
  /** True when northd says that no chassis has the port. A port that northd has not seen yet is not down. */
  readonly isDown: boolean;
  /** True when northd says that a chassis has the port, with all its flows. */
  readonly isUp: boolean;
  /** True when a newer version has written the row in a format that is not known here. */
  readonly isNewer?: boolean;
  /** The only chassis that may take the port. Undefined: any may. */
  readonly chassis?: string | undefined;
}

export interface AllocationRowsOptions {
  /** UID of kube-system. Rows of other clusters are not ours. */
  readonly cluster: string;
  readonly monotonicMs: () => number;
  /** Called for each allocation whose rows came, changed or went. */
  readonly onChange: (allocation: string) => void;
}

const noRows: readonly PortRow[] = [];

/** The ports that this cluster's pods hold or have reserved, by allocation id. */
export class AllocationRows {
  readonly #options: AllocationRowsOptions;
  readonly #byId = new Map<string, readonly PortRow[]>();
  /** Names by UUID. */
  readonly #unknown = new Map<string, string>();
  /** The times at which rows that change in the current message were first seen. */
  readonly #firstSeen = new Map<string, number>();

  constructor(options: AllocationRowsOptions) {
    this.#options = options;
  }

  of(allocation: string): readonly PortRow[] {
    return this.#byId.get(allocation) ?? noRows;
  }

  ids(): IterableIterator<string> {
    return this.#byId.keys();
  }

  /**
   * Names of ports with our owner and no cluster, of this cluster and without an allocation, or of a newer format. They are
   * reported and never touched.
   */
  unknown(): IterableIterator<string> {
    return this.#unknown.values();
  }

  /** Applies all changes of one message. `placed` are the allocations of which a port came to a switch. */
  apply(changes: readonly RowChange[], placed: Iterable<string> = []): void {
    const touched = new Set<string>();
    for (const change of changes) {
      const port = changeIn(controllerPort, change);
      if (port === undefined) continue;
      if (port.before !== undefined) this.#take(port.uuid, port.before, touched);
      if (port.after !== undefined) this.#put(port.uuid, port.after, port.before !== undefined, touched);
    }
    for (const id of placed) if (this.#byId.has(id)) touched.add(id);
    this.#firstSeen.clear();
    for (const id of touched) this.#options.onChange(id);
  }

  #take(uuid: string, row: Row<typeof controllerPort>, touched: Set<string>): void {
    this.#unknown.delete(uuid);
    const id = portOwner(row.external_ids)?.allocation;
    const rows = id === undefined ? undefined : this.#byId.get(id);
    const old = rows?.find((each) => each.uuid === uuid);
    if (id === undefined || rows === undefined || old === undefined) return;
    this.#firstSeen.set(uuid, old.firstSeenMs);
    const rest = rows.filter((each) => each !== old);
    if (rest.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, rest);
    touched.add(id);
  }

  #put(uuid: string, row: Row<typeof controllerPort>, isKnown: boolean, touched: Set<string>): void {
    const owner = portOwner(row.external_ids);
    const cluster = row.external_ids.get(externalId("cluster")) ?? "";
    const isOurs = cluster === this.#options.cluster;
    if (!isOurs || owner === undefined || owner.allocation === "") {
      const isNobodys = row.external_ids.get(externalId("owner")) === ownerValue && (isOurs || cluster === "");
      if (claimOf(row.external_ids) !== undefined) return;
      // Ports to routers belong to the topology, and carry no allocation.
      if (isNobodys && row.type === "") this.#unknown.set(uuid, row.name);
      return;
    }
    const { allocation } = owner;
    const isNewer = hasNewerFormat(row.external_ids);
    if (isNewer) this.#unknown.set(uuid, row.name);
    const seen = isKnown ? this.#firstSeen.get(uuid) : undefined;
    const firstSeenMs = seen ?? this.#options.monotonicMs();
    this.#byId.set(allocation, [
      ...this.of(allocation),
      {
        uuid,
        name: row.name,
        owner,
        firstSeenMs,
        isDown: row.up === false,
        isUp: row.up === true,
        ...(isNewer ? { isNewer } : {}),
        chassis: row.options.get(requestedChassis),
      },
    ]);
    touched.add(allocation);
  }
}
