// Holds the addresses of an Uplink by which a Service is reached from outside, by the mechanism of floating addresses.
import type { OutsideWish } from "#src/api/service/service-config.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { equalIp, type Family, type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { rangesSize } from "#src/net/range-search.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";
import { type BalancedOutside, outsideHoldId, outsideHoldRow, serviceScope } from "#src/ovn/rows/service-rows.ts";
import { AddressHolds, type HoldAsker } from "../holds/address-holds.ts";
import type { HoldCures, HoldReason } from "../holds/hold-decision.ts";
import type { ToldAddresses } from "../holds/told-addresses.ts";
import type { WaysOut } from "../networks/way-out-source.ts";
import type { RowWriter } from "../topology/row-writer.ts";
import type { ServiceNetwork, ServiceObject } from "./service-object.ts";

export interface OutsideHoldsOptions {
  readonly index: AddressIndex;
  readonly waysOut: Pick<WaysOut, "of">;
  readonly told: Pick<ToldAddresses, "isToldToOther" | "whenKnown">;
  readonly writer: Pick<RowWriter, "owned" | "bring">;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** The outcome of a wish to be reached from outside. */
export interface ServedOutside {
  /** Undefined where no address can be held. */
  readonly rows: BalancedOutside | undefined;
  /** The addresses that its status is to name. One of which NB has lost the row stays there while it may be taken again. */
  readonly told: readonly IpAddress[];
  /** The fault because of which an address is missing; undefined when nothing is wrong. */
  readonly problem: { readonly reason: string; readonly message: string } | undefined;
  /** The thing that has to become free, in the words of hold-decision.ts. */
  readonly waitsFor: string | undefined;
}

const cures: HoldCures = {
  unknownUplink: "make it, or name another in spec.uplink of the Network",
  addressInUse: "ask for another, or remove the annotation",
};

const failed = (reason: string, message: string): ServedOutside => ({
  rows: undefined,
  told: [],
  problem: { reason, message },
  waitsFor: undefined,
});

export class OutsideHolds {
  readonly #options: OutsideHoldsOptions;
  readonly #holds: AddressHolds;

  constructor(options: OutsideHoldsOptions) {
    this.#options = options;
    this.#holds = new AddressHolds({ ...options, addresses: options.index });
  }

  /** Holds an address of each family that the Uplink's pool and the network have, or those that the user asks for. */
  async hold(
    service: ServiceObject,
    wish: OutsideWish,
    network: ServiceNetwork,
    labels: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<ServedOutside> {
    const { uplink } = network;
    if (uplink === undefined) {
      const cure = "its owner names one with spec.floating in spec.uplink";
      return failed("NoUplink", `${network.name} leaves by no Uplink, which would give the address: ${cure}`);
    }
    const wanted = readWish(wish, network);
    if (typeof wanted === "string") return failed("Malformed", wanted);
    const held: IpAddress[] = [];
    const addresses: IpAddress[] = [];
    const told: IpAddress[] = [];
    let fault: Pick<ServedOutside, "problem" | "waitsFor"> = { problem: undefined, waitsFor: undefined };
    for (const family of this.#families(service, network, wanted)) {
      const address = wanted.find((one) => one.family === family);
      const row = this.#rowOf(service, uplink, family, options);
      if (row.isOther(address)) await row.release();
      const asker: HoldAsker = {
        uplink,
        namespace: service.namespace,
        labels,
        scope: serviceScope(service.uid),
        address,
        told: service.ingress.find((one) => one.family === family && (address === undefined || equalIp(one, address))),
        families: [family],
        cures,
        isToldToOther: (ip) => this.#options.told.isToldToOther(service.uid, ip),
        whenToldKnown: () => this.#options.told.whenKnown(options),
        comesFirst: () => undefined,
      };
      const decision = await this.#holds.hold(`${service.uid} ${family}`, asker, row);
      const kept = row.held();
      if (kept !== undefined) held.push(kept);
      if (decision.kind === "keep") {
        addresses.push(decision.address);
        told.push(decision.address);
        continue;
      }
      const { reason, message, waitsFor } = decision;
      const promised = kept ?? (isLost(reason) ? undefined : asker.told);
      if (promised !== undefined) told.push(promised);
      if (fault.problem === undefined) fault = { problem: { reason, message }, waitsFor };
    }
    const gatewayId = this.#gatewayId(uplink);
    if (gatewayId === undefined && fault.problem === undefined) {
      const message = `the gateway of the Uplink ${uplink} is not in NB yet`;
      fault = { problem: { reason: "WaitsForUplink", message }, waitsFor: undefined };
    }
    return { rows: { uplink, held, addresses, gatewayId }, told, ...fault };
  }

  /** Called when the Service is gone. */
  forget(uid: string): void {
    for (const family of [4, 6]) this.#holds.forget(`${uid} ${family}`);
  }

  /** An address that is held stays held, whatever became of the pool. Without any the hold says what is missing. */
  #families(
    { uid }: ServiceObject,
    { families, uplink = "" }: ServiceNetwork,
    wanted: readonly IpAddress[],
  ): readonly Family[] {
    if (wanted.length > 0) return wanted.map(({ family }) => family);
    const ranges = this.#options.index.floating.gateway(uplink)?.ranges ?? [];
    const found = families.filter(
      (family) => rangesSize(ranges, family) > 0n || this.#holdRow(uid, family) !== undefined,
    );
    return found.length > 0 ? found : families.slice(0, 1);
  }

  #rowOf(service: ServiceObject, uplink: string, family: Family, options: CallOptions) {
    const { writer } = this.#options;
    const { uid } = service;
    const id = outsideHoldId(uid, family);
    const scope = serviceScope(uid);
    const held = (): IpAddress | undefined => addressOn(this.#holdRow(uid, family));
    return {
      held,
      /** True when it is held for another Uplink, or another address is asked for. */
      isOther: (wanted: IpAddress | undefined): boolean => {
        const row = this.#holdRow(uid, family);
        const now = addressOn(row);
        if (row === undefined || now === undefined) return false;
        return keyOn(row, "uplink") !== uplink || (wanted !== undefined && !equalIp(wanted, now));
      },
      take: async (address: IpAddress): Promise<void> => {
        await writer.bring(scope, [outsideHoldRow(service, uplink, address)], [], options, () => true);
      },
      release: async (): Promise<void> => {
        await writer.bring(scope, [], [], options, (other) => other !== id && !isBalancer(scope, other));
      },
    };
  }

  #holdRow(uid: string, family: Family): OwnedRow | undefined {
    return this.#options.writer.owned.rows.get(outsideHoldId(uid, family));
  }

  #gatewayId(uplink: string): string | undefined {
    const uuid = this.#options.index.floating.gateway(uplink)?.routerUuid;
    if (uuid === undefined) return undefined;
    return [...this.#options.writer.owned.rows.values()].find((row) => row.uuid === uuid)?.id;
  }
}

/** Another address is chosen in place of one that somebody else has, or that the Uplink does not give any more. */
function isLost(reason: HoldReason): boolean {
  return reason === "AddressInUse" || reason === "AddressNotInPool";
}

/** An address that goes to somebody else is balanced by nobody before. */
function isBalancer(scope: string, id: string): boolean {
  return id.startsWith(`${scope}/outside-`);
}

/** Gives the addresses that the user asks for, or the fault in words. */
function readWish({ addresses }: OutsideWish, { name, families }: ServiceNetwork): readonly IpAddress[] | string {
  const found: IpAddress[] = [];
  for (const text of addresses) {
    const address = parseIp(text);
    if (address === undefined) return `${text} is no address; correct or remove the annotation`;
    if (!families.includes(address.family)) {
      return `${printIp(address)} is IPv${address.family}, and ${name} has no subnet of that family; ask for another`;
    }
    if (found.some(({ family }) => family === address.family))
      return "a Service has at most one address of each family";
    found.push(address);
  }
  return found;
}

function keyOn(row: OwnedRow, name: "uplink" | "floating-address"): string | undefined {
  return (row.row["external_ids"] as ReadonlyMap<string, string>).get(externalId(name));
}

function addressOn(row: OwnedRow | undefined): IpAddress | undefined {
  return row && parseIp(keyOn(row, "floating-address") ?? "");
}
