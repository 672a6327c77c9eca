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
import { AddressHolds, type HoldAsker, type HoldRow } from "../holds/address-holds.ts";
import type { HoldCures, HoldReason } from "../holds/hold-decision.ts";
import type { ToldAddresses } from "../holds/told-addresses.ts";
import type { WaysOut } from "../networks/way-out-source.ts";
import type { RowWriter } from "../topology/row-writer.ts";
import { type ServiceNetwork, type ServiceObject, toldAddressesOf } from "./service-object.ts";

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

type Fault = Pick<ServedOutside, "problem" | "waitsFor">;

interface FamilyAsker {
  readonly service: ServiceObject;
  readonly uplink: string;
  readonly family: Family;
  readonly labels: Readonly<Record<string, string>>;
}

/** The outcome for the address of one family. */
interface FamilyOutcome {
  /** The address by which the Service is reached. */
  readonly reached: IpAddress | undefined;
  /** The address that stays the Service's. */
  readonly told: IpAddress | undefined;
  readonly fault: Fault | undefined;
}

const allFamilies: readonly Family[] = [4, 6];

export class OutsideHolds {
  readonly #options: OutsideHoldsOptions;
  readonly #holds: AddressHolds;

  constructor(options: OutsideHoldsOptions) {
    this.#options = options;
    this.#holds = new AddressHolds({ ...options, addresses: options.index });
  }

  /**
   * Holds an address of each family that the Uplink's pool and the network have, or those that the user asks for. An address that
   * the Service has stays until the other one is held.
   */
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
      const message = `${network.name} leaves by no Uplink, which would give the address: ${cure}`;
      return { rows: undefined, told: this.#promised(service), ...faultOf("NoUplink", message) };
    }
    const read = readWish(wish, network);
    const wanted = typeof read === "string" ? [] : read;
    const families =
      typeof read === "string"
        ? this.#promised(service).map(({ family }) => family)
        : this.#families(service, network, wanted);
    const outcomes: FamilyOutcome[] = [];
    for (const family of families) {
      const address = wanted.find((one) => one.family === family);
      outcomes.push(await this.#holdOne({ service, uplink, family, labels }, address, options));
    }
    let fault = typeof read === "string" ? faultOf("Malformed", read) : outcomes.find((one) => one.fault)?.fault;
    const told = outcomes.flatMap((one) => one.told ?? []);
    for (const family of allFamilies.filter((one) => !families.includes(one))) {
      if (fault !== undefined) told.push(...this.#promised(service).filter((one) => one.family === family));
      else await this.#rowOf(service, uplink, family, undefined, options).release();
    }
    const gatewayId = this.#gatewayId(uplink);
    if (gatewayId === undefined)
      fault ??= faultOf("WaitsForUplink", `the gateway of the Uplink ${uplink} is not in NB yet`);
    const held = allFamilies.flatMap((family) => this.#heldOn(service.uid, family, uplink) ?? []);
    const addresses = outcomes.flatMap((one) => one.reached ?? []);
    const { problem, waitsFor } = fault ?? { problem: undefined, waitsFor: undefined };
    return { rows: { uplink, held, addresses, gatewayId }, told: sorted(told), problem, waitsFor };
  }

  /** Gives what a Service has while it is not served and still asks; undefined where it has nothing. */
  keep(service: ServiceObject): ServedOutside | undefined {
    const told = this.#promised(service);
    if (told.length === 0) return undefined;
    return { rows: undefined, told, ...faultOf("NotServed", "the condition Served says why; its addresses stay") };
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

  async #holdOne(
    { service, uplink, family, labels }: FamilyAsker,
    address: IpAddress | undefined,
    options: CallOptions,
  ): Promise<FamilyOutcome> {
    const { uid, namespace } = service;
    const row = this.#holdRow(uid, family);
    // This Uplink is not asked for an address that another one gave.
    const isElsewhere = row !== undefined && keyOn(row, "uplink") !== uplink;
    const told = isElsewhere ? undefined : toldAddressesOf(service).find((one) => one.family === family);
    const attempt = (wanted: IpAddress | undefined) => {
      const asker: HoldAsker = {
        uplink,
        namespace,
        labels,
        scope: serviceScope(uid),
        address: wanted,
        told: told !== undefined && (wanted === undefined || equalIp(told, wanted)) ? told : undefined,
        families: [family],
        cures,
        isToldToOther: (ip) => this.#options.told.isToldToOther(uid, ip),
        whenToldKnown: () => this.#options.told.whenKnown(options),
        comesFirst: () => undefined,
      };
      return this.#holds.hold(`${uid} ${family}`, asker, this.#rowOf(service, uplink, family, wanted, options));
    };
    let decision = await attempt(address);
    if (decision.kind === "keep") return { reached: decision.address, told: decision.address, fault: undefined };
    const fault = { problem: { reason: decision.reason, message: decision.message }, waitsFor: decision.waitsFor };
    const before = isElsewhere ? undefined : (this.#heldBy(uid, family) ?? told);
    if (address !== undefined && before !== undefined && !equalIp(before, address)) {
      decision = await attempt(undefined);
      if (decision.kind === "keep") return { reached: decision.address, told: decision.address, fault };
    }
    const promised = isLost(decision.reason) ? undefined : told;
    return { reached: undefined, told: this.#heldBy(uid, family) ?? promised, fault };
  }

  /** The row for an address, by which one for another Uplink, or another one than is wanted, is replaced. */
  #rowOf(
    service: ServiceObject,
    uplink: string,
    family: Family,
    wanted: IpAddress | undefined,
    options: CallOptions,
  ): Required<HoldRow> {
    const { writer } = this.#options;
    const { uid } = service;
    const id = outsideHoldId(uid, family);
    const scope = serviceScope(uid);
    const isOther = (row: OwnedRow): boolean => {
      const now = addressOn(row);
      return keyOn(row, "uplink") !== uplink || (now !== undefined && wanted !== undefined && !equalIp(wanted, now));
    };
    const replaced = (): string | undefined => {
      const row = this.#holdRow(uid, family);
      return row !== undefined && isOther(row) ? keyOn(row, "uplink") : undefined;
    };
    return {
      held: () => (replaced() === undefined ? this.#heldBy(uid, family) : undefined),
      replaced,
      take: async (address) => {
        const isReplacing = replaced() !== undefined;
        const keeps = (other: string): boolean => !isReplacing || !isBalancer(scope, other);
        await writer.bring(scope, [outsideHoldRow(service, uplink, address)], [], options, keeps);
      },
      release: async () => {
        if (this.#holdRow(uid, family) === undefined) return;
        await writer.bring(scope, [], [], options, (other) => other !== id && !isBalancer(scope, other));
      },
    };
  }

  /** The addresses that are the Service's, by the rows in NB or, where NB lacks them, by what it was told. */
  #promised(service: ServiceObject): readonly IpAddress[] {
    const told = toldAddressesOf(service);
    return allFamilies.flatMap(
      (family) => this.#heldBy(service.uid, family) ?? told.find((one) => one.family === family) ?? [],
    );
  }

  #heldBy(uid: string, family: Family): IpAddress | undefined {
    return addressOn(this.#holdRow(uid, family));
  }

  #heldOn(uid: string, family: Family, uplink: string): IpAddress | undefined {
    const row = this.#holdRow(uid, family);
    return row !== undefined && keyOn(row, "uplink") === uplink ? addressOn(row) : undefined;
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

function faultOf(reason: string, message: string): Fault {
  return { problem: { reason, message }, waitsFor: undefined };
}

function sorted(addresses: readonly IpAddress[]): readonly IpAddress[] {
  return addresses.toSorted((one, other) => one.family - other.family);
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
