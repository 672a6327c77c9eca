import type { IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";
import { addressKey, type HolderKey } from "./address-key.ts";

/** A stored pod whose port NB lacks: its addresses are given to nobody. */
export interface RecoveredPod {
  readonly allocation: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly ports: readonly RecoveredPort[];
}

export interface RecoveredPort {
  readonly network: string;
  readonly ips: readonly IpAddress[];
  readonly mac: Mac;
}

/**
 * What stored pods hold although NB does not (after a restore). A claim ends when its rows are back, or when a live
 * read finds no pod with it that may run; never by a clock. See docs/design/release-rules.md#after-a-restore.
 */
export class RecoveredAddresses {
  readonly #byAllocation = new Map<string, RecoveredPod>();
  readonly #byNetwork = new Map<string, Map<HolderKey, RecoveredPod>>();

  get size(): number {
    return this.#byAllocation.size;
  }

  all(): readonly RecoveredPod[] {
    return [...this.#byAllocation.values()];
  }

  add(claim: RecoveredPod): void {
    this.end(claim.allocation);
    this.#byAllocation.set(claim.allocation, claim);
    for (const port of claim.ports) {
      const held = this.#byNetwork.get(port.network) ?? new Map<HolderKey, RecoveredPod>();
      this.#byNetwork.set(port.network, held);
      for (const key of keysOf(port)) held.set(key, claim);
    }
  }

  /** Forgets the claim of an allocation; nothing when there is none. */
  end(allocation: string): void {
    const claim = this.#byAllocation.get(allocation);
    if (claim === undefined) return;
    this.#byAllocation.delete(allocation);
    for (const port of claim.ports) {
      const held = this.#byNetwork.get(port.network);
      for (const key of keysOf(port)) if (held?.get(key) === claim) held.delete(key);
      if (held?.size === 0) this.#byNetwork.delete(port.network);
    }
  }

  /** A row is back: ends the claim on what it holds; what other ports of the allocation claim stays claimed. */
  portReturned(allocation: string, network: string, mac: Mac): void {
    const claim = this.#byAllocation.get(allocation);
    const ports = claim?.ports.filter((port) => port.network !== network || port.mac !== mac);
    if (claim === undefined || ports?.length === claim.ports.length) return;
    this.end(allocation);
    if (ports !== undefined && ports.length > 0) this.add({ ...claim, ports });
  }

  /** Who claims this address or MAC of the network. */
  of(network: string, key: HolderKey): RecoveredPod | undefined {
    return this.#byNetwork.get(network)?.get(key);
  }
}

function keysOf(port: RecoveredPort): HolderKey[] {
  return [...port.ips.map(addressKey), port.mac];
}
