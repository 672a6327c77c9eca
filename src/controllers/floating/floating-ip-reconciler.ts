// Makes NB agree with FloatingIP objects: which address each of them holds, and to which pod it leads.
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Clock } from "#src/core/clock.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { outsideHolders } from "#src/ipam/index/floating-search.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import type { FloatingGateway } from "#src/ovn/floating-gateway.ts";
import { includesNamespace } from "#src/ovn/network.ts";
import { waitHeld } from "#src/ovn/port-operations.ts";
import { floatingIpScope } from "#src/ovn/rows/floating-ip-rows.ts";
import { admitsNamespace } from "#src/api/network/label-selector.ts";
import type { FloatingIpConfig } from "#src/api/floating-ip/floating-ip-config.ts";
import type { WaysOut } from "../networks/way-out-source.ts";
import { heldAddress, type FloatingIpIndex, keyOn } from "./floating-ip-index.ts";
import type { FloatingIpObject } from "./floating-ip-object.ts";
import type { FloatingIpOutcome } from "./floating-ip-status.ts";
import type { FloatingIpWriter } from "./floating-ip-writer.ts";
import type { FloatingPod } from "./floating-pods.ts";
import { decideHold, type HoldDecision, isUntold, type UplinkFacts } from "./hold-decision.ts";
import { type InsidePort, decideTarget, type TargetDecision } from "./target-decision.ts";

/** The cluster around the FloatingIPs, from informers. */
export interface FloatingIpCluster {
  readonly labelsOf: (namespace: string) => Readonly<Record<string, string>>;
  /** The pods that are selected, and first of them the one with this UID. They are read only as far as needed. */
  readonly selected: (
    fip: FloatingIpObject,
    config: FloatingIpConfig,
    first: string | undefined,
  ) => Iterable<FloatingPod>;
  /** The ports that NB says are bound to the pod. */
  readonly portsOf: (pod: FloatingPod) => readonly InsidePort[];
  /** The older objects that ask for this address of the same Uplink. */
  readonly olderAsking: (fip: FloatingIpObject, config: FloatingIpConfig) => Iterable<FloatingIpObject>;
  /** True when the status of another object names the address, whether NB has its row or has lost it. */
  readonly isToldToOther: (fip: FloatingIpObject, ip: IpAddress) => boolean;
}

export interface FloatingIpReconcilerOptions {
  readonly addresses: AddressIndex;
  readonly rows: FloatingIpIndex;
  readonly writer: FloatingIpWriter;
  readonly waysOut: Pick<WaysOut, "of">;
  readonly cluster: FloatingIpCluster;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** The outcome of a pass, and what the object waits for, in the words of hold-decision.ts. */
export interface FloatingIpResult extends FloatingIpOutcome {
  readonly waitsFor: string | undefined;
}

/** An address that is lost to others this often in a row is not tried again at once. */
const maxTries = 8;

export class FloatingIpReconciler {
  readonly #options: FloatingIpReconcilerOptions;
  /** UIDs of the objects that took an address of which nobody has looked yet who else has it. */
  readonly #unchecked = new Set<string>();

  constructor(options: FloatingIpReconcilerOptions) {
    this.#options = options;
  }

  /** `told` is the address in the status. */
  async bring(fip: FloatingIpObject, told: string | undefined, options: CallOptions): Promise<FloatingIpResult> {
    const { config } = fip;
    const { rows, cluster } = this.#options;
    if (typeof config === "string") {
      return { reason: "Invalid", message: config, address: undefined, target: undefined, waitsFor: undefined };
    }
    const decision = await this.#hold(fip, config, parseIp(told ?? ""), options);
    const { hold, rule } = rows.of(fip.uid);
    if (decision.kind === "none") {
      const address = hold && heldAddress(hold);
      if (rule !== undefined && address !== undefined) await this.#write(fip, config, address, undefined, options);
      const { reason, message, waitsFor } = decision;
      return { reason, message, address, target: undefined, waitsFor };
    }
    const { address } = decision;
    const currentUid = rule && keyOn(rule, "pod-uid");
    const target = decideTarget({
      config,
      family: address.family,
      selected: cluster.selected(fip, config, currentUid),
      currentUid,
      portsOf: cluster.portsOf,
    });
    await this.#write(fip, config, address, target, options);
    return { ...outcomeOf(target), address, waitsFor: undefined };
  }

  /** Frees the address. */
  async remove({ uid }: Pick<FloatingIpObject, "uid">, options: CallOptions): Promise<undefined> {
    await this.#options.writer.remove(uid, options);
    this.#unchecked.delete(uid);
    return undefined;
  }

  /**
   * Holds an address, as an allocation does: it writes the row first, and looks then who else has the address. Whoever came
   * second sees the other one, and gives way. An address of which the status tells was looked for before, unless the row was
   * taken just now: NB may have lost it, and somebody else have the address since.
   */
  async #hold(
    fip: FloatingIpObject,
    config: FloatingIpConfig,
    told: IpAddress | undefined,
    options: CallOptions,
  ): Promise<Exclude<HoldDecision, { kind: "take" }>> {
    const { rows, writer } = this.#options;
    const unchecked = this.#unchecked;
    for (let n = 0; n < maxTries; n += 1) {
      const decision = this.#decide(fip, config, told);
      if (decision.kind === "none") return decision;
      const { address } = decision;
      if (decision.kind === "take") {
        unchecked.add(fip.uid);
        await this.#write(fip, config, address, undefined, options);
        const { hold } = rows.of(fip.uid);
        if (hold === undefined) throw new AppError("RowsChanged", "the address is not in NB yet");
        continue;
      }
      const isChecked = !unchecked.has(fip.uid) && !isUntold(address, told);
      if (isChecked || this.#othersWith(fip, config.uplink, address).length === 0) {
        unchecked.delete(fip.uid);
        return decision;
      }
      await writer.remove(fip.uid, options);
    }
    throw new AppError("RowsChanged", "each address tried was somebody else's first");
  }

  #decide(fip: FloatingIpObject, config: FloatingIpConfig, told: IpAddress | undefined): HoldDecision {
    const { addresses, rows, clock } = this.#options;
    const uplink = this.#uplinkFacts(config.uplink);
    const { hold } = rows.of(fip.uid);
    const isTaken = (ip: IpAddress): boolean =>
      this.#othersWith(fip, config.uplink, ip).length > 0 || this.#options.cluster.isToldToOther(fip, ip);
    return decideHold({
      config,
      namespace: fip.namespace,
      held: hold && heldAddress(hold),
      told,
      uplink,
      isAdmitted: uplink.kind === "there" && this.#admits(uplink.gateway, fip.namespace),
      count: addresses.floating.countOf(config.uplink, fip.namespace),
      takenBy: (ip) => this.#takenBy(fip, config, ip),
      choose: (gateway) => {
        const nowMs = clock.monotonicMs();
        return (
          addresses.floating.nextFree(gateway, 4, nowMs, isTaken) ??
          addresses.floating.nextFree(gateway, 6, nowMs, isTaken)
        );
      },
    });
  }

  #uplinkFacts(name: string): UplinkFacts {
    const way = this.#options.waysOut.of(name);
    if (way.kind === "unknown") return way;
    const gateway = this.#options.addresses.floating.gateway(name);
    if (gateway !== undefined) return { kind: "there", gateway };
    return { kind: "waits", message: way.kind === "waits" ? way.message : "its gateway is not in NB yet" };
  }

  #admits({ allowedNamespaces, namespaceSelector }: FloatingGateway, namespace: string): boolean {
    if (!includesNamespace(allowedNamespaces, namespace)) return false;
    if (namespaceSelector === undefined) return true;
    return admitsNamespace(namespaceSelector, namespace, this.#options.cluster.labelsOf(namespace));
  }

  #othersWith({ uid }: FloatingIpObject, uplink: string, ip: IpAddress) {
    const { addresses } = this.#options;
    const gateway = addresses.floating.gateway(uplink);
    return gateway === undefined ? [] : outsideHolders(addresses, gateway, ip, false, floatingIpScope(uid));
  }

  #takenBy(fip: FloatingIpObject, config: FloatingIpConfig, ip: IpAddress): string | undefined {
    if (this.#othersWith(fip, config.uplink, ip).length > 0) return "somebody else";
    if (config.address === undefined) return undefined;
    for (const older of this.#options.cluster.olderAsking(fip, config)) {
      const whose = older.namespace === fip.namespace ? ` ${older.name}` : " of another namespace";
      if (this.#mayTake(older, config.uplink)) return `the older FloatingIP${whose}`;
    }
    return undefined;
  }

  /** True unless the object would be refused any address, so that nobody need wait for it. */
  #mayTake({ namespace }: FloatingIpObject, uplink: string): boolean {
    const { floating } = this.#options.addresses;
    const gateway = floating.gateway(uplink);
    if (gateway === undefined || !this.#admits(gateway, namespace)) return false;
    return gateway.limit === undefined || floating.countOf(uplink, namespace) < gateway.limit;
  }

  async #write(
    { uid, namespace }: FloatingIpObject,
    { uplink }: FloatingIpConfig,
    address: IpAddress,
    decision: TargetDecision | undefined,
    options: CallOptions,
  ): Promise<void> {
    const { writer } = this.#options;
    const end = decision?.kind === "target" ? decision.target : undefined;
    const gateway = end && writer.gatewayOf(uplink);
    const settings = { uid, namespace, uplink, address };
    if (end === undefined || gateway === undefined) {
      await writer.bring({ ...settings, target: undefined }, [], options);
      return;
    }
    const { pod, port, ip } = end;
    const target = { gatewayId: gateway.id, ip, port: port.name, pod: pod.name, podUid: pod.uid };
    // The port must still be the pod's, so that the address never leads to whoever has the one inside next.
    const waits = [waitHeld({ uuid: port.uuid, allocation: port.allocation, podUid: pod.uid })];
    await writer.bring({ ...settings, target }, waits, options);
  }
}

function outcomeOf(decision: TargetDecision): Pick<FloatingIpOutcome, "reason" | "message" | "target"> {
  if (decision.kind === "none") return { reason: decision.reason, message: decision.message, target: undefined };
  const { target, also } = decision;
  if (also === undefined) return { reason: "Attached", message: "", target };
  return { reason: "SeveralPods", message: `pod ${also} is selected as well: let the selector select one`, target };
}
