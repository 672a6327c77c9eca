// Watches the index for addresses that are held twice.
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { type PortOwner, portOwner } from "#src/ovn/port-ownership.ts";
import { addressKey, type HolderKey } from "../index/address-key.ts";
import type { AddressIndex } from "../index/address-index.ts";
import type { FloatingHolder } from "../index/floating-addresses.ts";
import { portOfRow } from "../index/floating-search.ts";
import type { AddressHolder } from "../index/holders.ts";
import type { SwitchState } from "../index/switch-state.ts";
import { otherHolders } from "../index/other-holders.ts";

/** Several holders of one address or MAC on one switch. At least one of them is a port of ours. */
export interface Conflict {
  readonly network: string;
  /** The one who came last. */
  readonly newcomer: ConflictHolder;
  readonly others: readonly ConflictHolder[];
}

export interface ConflictHolder {
  /** The name of the port, or kind and name of a non-port holder. */
  readonly name: string;
  /** The owner of the port, when it is ours. */
  readonly owner: PortOwner | undefined;
}

export interface ConflictWatchOptions {
  readonly index: AddressIndex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onConflict?: (conflict: Conflict) => void;
}

/** A clash between replicas is settled by then. What is left is for people to correct. */
const settleMs = 2_000;

/**
 * Reports rows that took an address or MAC that another row holds. Nothing is moved: from outside nobody can tell who
 * was promised the address.
 */
export class ConflictWatch {
  readonly #options: ConflictWatchOptions;
  readonly #pending = new Set<string>();
  /** Newcomers that were reported. They are kept where somebody asks for them later. */
  readonly #reported = new Set<string>();

  constructor(options: ConflictWatchOptions) {
    this.#options = options;
  }

  /** Called when a port, or the row of an address outside, was added with an address or MAC that another row holds. */
  heldTwice(uuid: string): void {
    if (this.#pending.has(uuid)) return;
    this.#pending.add(uuid);
    this.#options.clock.after(settleMs, () => {
      this.#pending.delete(uuid);
      const conflict = conflictOf(uuid, this.#options.index);
      if (conflict === undefined) return;
      if (this.#options.onConflict !== undefined) this.#reported.add(uuid);
      this.#report(conflict);
    });
  }

  /** The conflicts that were reported and still exist. */
  lasting(): readonly Conflict[] {
    const found = [...this.#reported].map((uuid) => ({ uuid, conflict: conflictOf(uuid, this.#options.index) }));
    for (const { uuid, conflict } of found) if (conflict === undefined) this.#reported.delete(uuid);
    return found.flatMap(({ conflict }) => conflict ?? []);
  }

  #report(conflict: Conflict): void {
    const { logger, metrics, onConflict } = this.#options;
    const { network, newcomer, others } = conflict;
    metrics.count("ovn4nfv_address_conflicts_total", { network });
    const fields = { network, port: newcomer.name, others: others.map(({ name }) => name) };
    logger.warn(fields, "address is held by more than one port");
    onConflict?.(conflict);
  }
}

function conflictOf(portUuid: string, index: AddressIndex): Conflict | undefined {
  const outside = index.floating.row(portUuid);
  if (outside !== undefined) return conflictOutside(outside, index);
  const row = index.port(portUuid);
  if (row === undefined) return undefined;
  for (const state of index.switchesOf(portUuid)) {
    const conflict = conflictOn(state, portUuid, row, index);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

function conflictOn(
  state: SwitchState,
  portUuid: string,
  row: NonNullable<ReturnType<AddressIndex["port"]>>,
  index: AddressIndex,
): Conflict | undefined {
  const { holder: self, held } = index.holding(portUuid, row);
  const keys: readonly HolderKey[] = [...held.ips.map(addressKey), ...held.macs];
  const holders = keys.flatMap((key) => otherHolders(index, state, key, "known row", self));
  const distinct = new Set(holders.map((holder) => (holder.kind === "port" ? holder.uuid : holder)));
  const others = [...distinct].map((holder) => conflictHolder(holder, index));
  const newcomer = conflictHolder(self, index);
  const isOurs = [newcomer, ...others].some(({ owner }) => owner !== undefined);
  return others.length > 0 && isOurs ? { network: state.network.name, newcomer, others } : undefined;
}

/** Two rows of the table NAT, or a FloatingIP and a rule, that have one address outside. */
function conflictOutside(row: FloatingHolder, index: AddressIndex): Conflict | undefined {
  const others = index.floating.others(row.ip, row.holder);
  const isOurs = [row, ...others].some(({ kind }) => kind !== "other");
  if (others.length === 0 || !isOurs) return undefined;
  const network = row.uplink === "" ? (others[0]?.uplink ?? "") : row.uplink;
  return { network, newcomer: outsideHolder(row, index), others: others.map((each) => outsideHolder(each, index)) };
}

function outsideHolder(row: FloatingHolder, index: AddressIndex): ConflictHolder {
  const uuid = row.kind === "pod" ? portOfRow(row, index) : undefined;
  if (uuid !== undefined) return conflictHolder(uuid, index);
  return { name: row.kind === "other" ? `NAT rule ${row.uuid}` : `${row.kind} ${row.holder}`, owner: undefined };
}

function conflictHolder(holder: AddressHolder, index: AddressIndex): ConflictHolder {
  if (typeof holder === "object") return { name: `${holder.kind} ${holder.name}`, owner: undefined };
  const row = index.port(holder);
  return { name: row?.name ?? holder, owner: row === undefined ? undefined : portOwner(row.external_ids) };
}
