// Makes NB agree with FloatingIP objects: which address each of them holds, and to which pod it leads.
import type { CallOptions } from "#src/core/deadline.ts";
import type { Clock } from "#src/core/clock.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { waitHeld } from "#src/ovn/claims/held-port.ts";
import { floatingIpScope } from "#src/ovn/rows/floating-ip-rows.ts";
import type { FloatingIpConfig } from "#src/api/floating-ip/floating-ip-config.ts";
import { AddressHolds, type HoldAsker } from "../holds/address-holds.ts";
import type { WaysOut } from "../networks/way-out-source.ts";
import { heldAddress, type FloatingIpIndex, keyOn } from "./floating-ip-index.ts";
import type { FloatingIpObject } from "./floating-ip-object.ts";
import type { FloatingIpOutcome } from "./floating-ip-status.ts";
import type { FloatingIpWriter } from "./floating-ip-writer.ts";
import type { FloatingPod } from "./floating-pods.ts";
import { floatingIpCures, type HoldDecision } from "../holds/hold-decision.ts";
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
  /** Waits until it is known of all objects which addresses they were told. */
  readonly whenToldKnown: (options: CallOptions) => Promise<void>;
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

export class FloatingIpReconciler {
  readonly #options: FloatingIpReconcilerOptions;
  readonly #holds: AddressHolds;

  constructor(options: FloatingIpReconcilerOptions) {
    this.#options = options;
    this.#holds = new AddressHolds(options);
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
    this.#holds.forget(uid);
    return undefined;
  }

  #hold(
    fip: FloatingIpObject,
    config: FloatingIpConfig,
    told: IpAddress | undefined,
    options: CallOptions,
  ): Promise<Exclude<HoldDecision, { kind: "take" }>> {
    const { rows, writer, cluster } = this.#options;
    const { uid, namespace } = fip;
    const asker: HoldAsker = {
      uplink: config.uplink,
      namespace,
      labels: cluster.labelsOf(namespace),
      scope: floatingIpScope(uid),
      address: config.address,
      told,
      families: [4, 6],
      cures: floatingIpCures,
      isToldToOther: (ip) => cluster.isToldToOther(fip, ip),
      whenToldKnown: () => cluster.whenToldKnown(options),
      comesFirst: () => this.#older(fip, config),
    };
    return this.#holds.hold(uid, asker, {
      held: () => {
        const { hold } = rows.of(uid);
        return hold && heldAddress(hold);
      },
      take: (address) => this.#write(fip, config, address, undefined, options),
      release: () => writer.remove(uid, options),
    });
  }

  /** The older object that asks for the same address. Nobody need wait for one that would be refused any. */
  #older(fip: FloatingIpObject, config: FloatingIpConfig): string | undefined {
    const { cluster } = this.#options;
    for (const { namespace, name } of cluster.olderAsking(fip, config)) {
      const whose = namespace === fip.namespace ? ` ${name}` : " of another namespace";
      if (this.#holds.mayTake(config.uplink, namespace, cluster.labelsOf(namespace)))
        return `the older FloatingIP${whose}`;
    }
    return undefined;
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
