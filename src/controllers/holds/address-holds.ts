// Holds addresses of Uplinks for objects of any kind, so that no address is given twice: FloatingIPs and Services do it alike.
import { admitsNamespace } from "#src/api/network/label-selector.ts";
import type { Clock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { outsideHolders } from "#src/ipam/index/floating-search.ts";
import type { Family, IpAddress } from "#src/net/ip.ts";
import type { FloatingGateway } from "#src/ovn/floating/floating-gateway.ts";
import { includesNamespace } from "#src/ovn/network.ts";
import type { WaysOut } from "../networks/way-out-source.ts";
import { decideHold, type HoldCures, type HoldDecision, isUntold, type UplinkFacts } from "./hold-decision.ts";

/** One address that an object asks for. */
export interface HoldAsker {
  readonly uplink: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The scope of the rows of the object in NB, which are no other holder. */
  readonly scope: string;
  /** The address that the user wants; undefined for any. */
  readonly address: IpAddress | undefined;
  /** The address that the status names. */
  readonly told: IpAddress | undefined;
  /** The families of which an address may be chosen. The first one with a free address counts. */
  readonly families: readonly Family[];
  readonly cures: HoldCures;
  /** True when the status of another object names the address, whether NB has its row or has lost it. */
  readonly isToldToOther: (ip: IpAddress) => boolean;
  /** Waits until `isToldToOther` knows the objects of all kinds. */
  readonly whenToldKnown: () => Promise<void>;
  /** Says which other object comes first at the address, as a clause; undefined for none. */
  readonly comesFirst: (ip: IpAddress) => string | undefined;
}

/** The row of NB that holds the address. */
export interface HoldRow {
  /** Undefined also while the row has an address in place of which another one is taken. */
  readonly held: () => IpAddress | undefined;
  /** The Uplink of the address in place of which another one is taken. It is given up only in the write that takes that. */
  readonly replaced?: () => string | undefined;
  readonly take: (address: IpAddress) => Promise<void>;
  readonly release: () => Promise<void>;
}

export interface AddressHoldsOptions {
  readonly addresses: AddressIndex;
  readonly waysOut: Pick<WaysOut, "of">;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** An address that is lost to others this often in a row is not tried again at once. */
const maxTries = 8;

export class AddressHolds {
  readonly #options: AddressHoldsOptions;
  /** Keys of those that took an address of which nobody has looked yet who else has it. */
  readonly #unchecked = new Set<string>();

  constructor(options: AddressHoldsOptions) {
    this.#options = options;
  }

  /**
   * Holds an address, as an allocation does: it writes the row first, and looks then who else has the address. Whoever came
   * second sees the other one, and gives way. An address of which the status tells was looked for before, unless the row was
   * taken just now: NB may have lost it, and somebody else have the address since. `key` names the row.
   */
  async hold(key: string, asker: HoldAsker, row: HoldRow): Promise<Exclude<HoldDecision, { kind: "take" }>> {
    for (let n = 0; n < maxTries; n += 1) {
      let decision = this.#decide(asker, row);
      if (decision.kind === "take") {
        // After a restore of NB only the objects themselves know whose an address is.
        await asker.whenToldKnown();
        decision = this.#decide(asker, row);
      }
      if (decision.kind === "none") return decision;
      const { address } = decision;
      if (decision.kind === "take") {
        this.#unchecked.add(key);
        await row.take(address);
        if (row.held() === undefined) throw new AppError("RowsChanged", "the address is not in NB yet");
        continue;
      }
      const isChecked = !this.#unchecked.has(key) && !isUntold(address, asker.told);
      if (isChecked || !this.#isOthers(asker, address)) {
        this.#unchecked.delete(key);
        return decision;
      }
      await row.release();
    }
    throw new AppError("RowsChanged", "each address tried was somebody else's first");
  }

  /** Called when the object is gone. */
  forget(key: string): void {
    this.#unchecked.delete(key);
  }

  /** True unless the namespace would be refused any address of the Uplink. */
  mayTake(uplink: string, namespace: string, labels: Readonly<Record<string, string>>): boolean {
    const { floating } = this.#options.addresses;
    const gateway = floating.gateway(uplink);
    if (gateway === undefined || !admits(gateway, namespace, labels)) return false;
    return gateway.limit === undefined || floating.countOf(uplink, namespace) < gateway.limit;
  }

  #decide(asker: HoldAsker, row: HoldRow): HoldDecision {
    const { uplink: name, namespace, address, told, labels, families, cures } = asker;
    const { floating } = this.#options.addresses;
    const uplink = this.#uplinkFacts(name);
    const isTaken = (ip: IpAddress): boolean => this.#isOthers(asker, ip) || asker.isToldToOther(ip);
    return decideHold({
      config: { uplink: name, address },
      namespace,
      held: row.held(),
      told,
      uplink,
      isAdmitted: uplink.kind === "there" && admits(uplink.gateway, namespace, labels),
      count: floating.countOf(name, namespace) - (row.replaced?.() === name ? 1 : 0),
      takenBy: (ip) =>
        this.#isOthers(asker, ip) ? "somebody else" : address === undefined ? undefined : asker.comesFirst(ip),
      families,
      choose: (gateway) => {
        const nowMs = this.#options.clock.monotonicMs();
        for (const family of families) {
          const free = floating.nextFree(gateway, family, nowMs, isTaken);
          if (free !== undefined) return free;
        }
        return undefined;
      },
      cures,
    });
  }

  #uplinkFacts(name: string): UplinkFacts {
    const way = this.#options.waysOut.of(name);
    if (way.kind === "unknown") return way;
    const gateway = this.#options.addresses.floating.gateway(name);
    if (gateway !== undefined) return { kind: "there", gateway };
    return { kind: "waits", message: way.kind === "waits" ? way.message : "its gateway is not in NB yet" };
  }

  #isOthers({ uplink, scope }: HoldAsker, ip: IpAddress): boolean {
    const { addresses } = this.#options;
    const gateway = addresses.floating.gateway(uplink);
    return gateway !== undefined && outsideHolders(addresses, gateway, ip, false, scope).length > 0;
  }
}

function admits(
  { allowedNamespaces, namespaceSelector }: FloatingGateway,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (!includesNamespace(allowedNamespaces, namespace)) return false;
  return namespaceSelector === undefined || admitsNamespace(namespaceSelector, namespace, labels);
}
