import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { portAddresses } from "#src/ovn/port-addresses.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { addressKey } from "./address-key.ts";
import type { AddressIndex } from "./address-index.ts";
import type { SwitchState } from "./switch-state.ts";

/** Two rows of one switch with one address or MAC, at least one of them ours. */
export interface Conflict {
  readonly network: string;
  readonly port: string;
  readonly others: readonly string[];
}

export interface ConflictWatchOptions {
  readonly index: AddressIndex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onConflict?: (conflict: Conflict) => void;
}

/** Replicas that clash with each other have settled it by then; what is left is for humans. */
const settleMs = 2_000;

/**
 * Reports rows that took an address or MAC which another row holds. Nothing is moved: from outside nobody can tell
 * who was promised the address.
 */
export class ConflictWatch {
  readonly #options: ConflictWatchOptions;
  readonly #pending = new Set<string>();

  constructor(options: ConflictWatchOptions) {
    this.#options = options;
  }

  /** To be called when a row came to an address that was held. */
  clashed(portUuid: string): void {
    if (this.#pending.has(portUuid)) return;
    this.#pending.add(portUuid);
    this.#options.clock.after(settleMs, () => {
      this.#pending.delete(portUuid);
      const conflict = conflictOf(portUuid, this.#options.index);
      if (conflict !== undefined) this.#report(conflict);
    });
  }

  #report(conflict: Conflict): void {
    const { logger, metrics, onConflict } = this.#options;
    metrics.count("ovn4nfv_address_conflicts_total", { network: conflict.network });
    logger.warn({ ...conflict }, "address is held by more than one port");
    onConflict?.(conflict);
  }
}

function conflictOf(portUuid: string, index: AddressIndex): Conflict | undefined {
  const row = index.port(portUuid);
  const state = index.switchOf(portUuid);
  if (row === undefined || state === undefined) return undefined;
  const held = portAddresses(row);
  const keys = held.ips.map(addressKey);
  const holders = [
    ...keys.flatMap((key) => state.ips.of(key)),
    ...held.macs.flatMap((mac) => state.macs.of(mac)),
    ...keys.map((key) => index.virtual.of(key)).filter((fixture) => fixture !== undefined),
  ];
  const others = new Set(holders.filter((holder) => holder !== portUuid));
  const isOurs = [portUuid, ...others].some((holder) => typeof holder === "string" && ownsIt(holder, index));
  if (others.size === 0 || !isOurs) return undefined;
  return { network: state.network.name, port: row.name, others: [...others].map((holder) => nameOf(holder, index)) };
}

function ownsIt(portUuid: string, index: AddressIndex): boolean {
  const row = index.port(portUuid);
  return row !== undefined && portOwner(row.external_ids) !== undefined;
}

function nameOf(holder: ReturnType<SwitchState["ips"]["of"]>[number], index: AddressIndex): string {
  return typeof holder === "object" ? `${holder.kind} ${holder.name}` : (index.port(holder)?.name ?? holder);
}
