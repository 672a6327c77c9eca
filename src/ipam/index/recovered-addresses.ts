import { equalIp, type IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";
import type { PortAddresses } from "#src/ovn/ports/port-addresses.ts";
import { type AddressKey, addressKey, type HolderKey } from "./address-key.ts";

/** A stored pod whose port NB lacks. Its addresses are given to nobody. */
export interface RecoveredPod {
  readonly allocation: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly ports: readonly RecoveredPort[];
  /** Its addresses outside. Absent when there are none. */
  readonly floating?: readonly IpAddress[] | undefined;
  /** Keys of the IPAMClaims that it has. Absent when there are none. */
  readonly claims?: readonly string[] | undefined;
  /** The key of an IPAMClaim whose addresses no pod has. Then this stands for the claim itself: `pod` is its name, and `podUid` is "". */
  readonly keptFor?: string | undefined;
}

export interface RecoveredPort {
  readonly network: string;
  readonly ips: readonly IpAddress[];
  /** Undefined for an IPAMClaim that does not say it. */
  readonly mac: Mac | undefined;
}

/**
 * The addresses of stored pods that NB lacks after a restore. They are kept until their rows are back, or until a
 * live read finds no such pod that may run. A clock never ends this. See
 * docs/design/release-rules.md#after-a-restore.
 */
export class RecoveredAddresses {
  readonly #byAllocation = new Map<string, RecoveredPod>();
  /** Two stored pods may have one address, by somebody's mistake. When one of them ends, the other still has it. */
  readonly #byNetwork = new Map<string, Map<HolderKey, readonly RecoveredPod[]>>();

  /** An address outside has one holder, whatever the uplink. */
  readonly #byFloating = new Map<AddressKey, readonly RecoveredPod[]>();

  get size(): number {
    return this.#byAllocation.size;
  }

  all(): readonly RecoveredPod[] {
    return [...this.#byAllocation.values()];
  }

  has(allocation: string): boolean {
    return this.#byAllocation.has(allocation);
  }

  add(pod: RecoveredPod): void {
    this.end(pod.allocation);
    this.#byAllocation.set(pod.allocation, pod);
    for (const ip of pod.floating ?? []) {
      const key = addressKey(ip);
      this.#byFloating.set(key, [...(this.#byFloating.get(key) ?? []), pod]);
    }
    for (const port of pod.ports) {
      const held = this.#byNetwork.get(port.network) ?? new Map<HolderKey, readonly RecoveredPod[]>();
      this.#byNetwork.set(port.network, held);
      for (const key of keysOf(port)) held.set(key, [...(held.get(key) ?? []), pod]);
    }
  }

  /** Forgets the addresses of an allocation. Does nothing when there are none. */
  end(allocation: string): void {
    const pod = this.#byAllocation.get(allocation);
    if (pod === undefined) return;
    this.#byAllocation.delete(allocation);
    for (const ip of pod.floating ?? []) this.#endFloating(addressKey(ip), pod);
    for (const port of pod.ports) {
      const held = this.#byNetwork.get(port.network);
      if (held === undefined) continue;
      for (const key of keysOf(port)) {
        const others = (held.get(key) ?? []).filter((other) => other !== pod);
        if (others.length === 0) held.delete(key);
        else held.set(key, others);
      }
      if (held.size === 0) this.#byNetwork.delete(port.network);
    }
  }

  /**
   * A row is back that holds this, so its addresses are not kept any more. The addresses of the other ports of the
   * allocation stay, and so do those of a port whose row came back with other addresses.
   */
  portReturned(allocation: string, network: string, held: PortAddresses): void {
    const pod = this.#byAllocation.get(allocation);
    const ports = pod?.ports.filter((port) => port.network !== network || !holdsAll(held, port));
    if (pod === undefined || ports?.length === pod.ports.length) return;
    this.#replace(pod, { ...pod, ports: ports ?? [] });
  }

  /** A rule is back that holds this address outside. */
  floatingReturned(allocation: string, ip: IpAddress): void {
    const pod = this.#byAllocation.get(allocation);
    if (pod?.floating?.some((one) => equalIp(one, ip)) !== true) return;
    this.#replace(pod, { ...pod, floating: pod.floating.filter((one) => !equalIp(one, ip)) });
  }

  #replace({ allocation }: RecoveredPod, now: RecoveredPod): void {
    this.end(allocation);
    if (now.ports.length > 0 || (now.floating ?? []).length > 0) this.add(now);
  }

  #endFloating(key: AddressKey, pod: RecoveredPod): void {
    const others = (this.#byFloating.get(key) ?? []).filter((other) => other !== pod);
    if (others.length === 0) this.#byFloating.delete(key);
    else this.#byFloating.set(key, others);
  }

  /** The stored pod that has this IPAMClaim. */
  podWithClaim(key: string): RecoveredPod | undefined {
    for (const pod of this.#byAllocation.values()) if (pod.claims?.includes(key) === true) return pod;
    return undefined;
  }

  /** The first stored pod that has this address outside. */
  ofFloating(key: AddressKey): RecoveredPod | undefined {
    return this.#byFloating.get(key)?.[0];
  }

  /** The first stored pod that has this address or MAC on the network. */
  of(network: string, key: HolderKey): RecoveredPod | undefined {
    return this.#byNetwork.get(network)?.get(key)?.[0];
  }
}

function holdsAll({ macs, ips }: PortAddresses, port: RecoveredPort): boolean {
  return (
    (port.mac === undefined || macs.includes(port.mac)) && port.ips.every((ip) => ips.some((each) => equalIp(each, ip)))
  );
}

function keysOf(port: RecoveredPort): HolderKey[] {
  return [...port.ips.map(addressKey), ...(port.mac === undefined ? [] : [port.mac])];
}
