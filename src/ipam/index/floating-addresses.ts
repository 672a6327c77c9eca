// Keeps in memory who holds which address outside, and which of them the gateways of Uplinks hand out.
import { changeIn, type RowChange } from "ovsdb-client";
import { type Family, parseIp, type IpAddress } from "#src/net/ip.ts";
import type { IpRange } from "#src/net/range.ts";
import { nextFreeInRanges, nthInRanges, rangesSize } from "#src/net/range-search.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { type FloatingGateway, floatingGatewayOf } from "#src/ovn/floating/floating-gateway.ts";
import type { RuleRef } from "#src/ovn/floating/floating-operations.ts";
import { floatingHold, gatewayRouter, nat } from "#src/ovn/nb-tables.ts";
import { scopeOfRow, serviceScopes } from "#src/ovn/rows/service-rows.ts";
import { type AddressKey, addressKey } from "./address-key.ts";
import { Cooldown } from "./cooldown.ts";
import type { SwitchStateOptions } from "./switch-state.ts";

/** A row that holds an address outside: a NAT rule of anybody, or the row by which a FloatingIP or a Service keeps it. */
export interface FloatingHolder {
  readonly uuid: string;
  /** The same for all rows of one holder: the name of a port, the scope of a FloatingIP or a Service, else the UUID of the row. */
  readonly holder: string;
  readonly kind: "pod" | "FloatingIP" | "Service" | "other";
  readonly ip: IpAddress;
  /** "" where the row is not about an Uplink. */
  readonly uplink: string;
  readonly namespace: string;
  /** "" unless a pod holds it. */
  readonly allocation: string;
  readonly cluster: string;
  /** The address inside, as the row says it; "" where there is none. */
  readonly logicalIp: string;
  /** The port at whose chassis the rule works; undefined for the chassis of the gateway. */
  readonly distributedPort: string | undefined;
  readonly externalMac: string | undefined;
  /** The name of the port to which the address of a FloatingIP leads; "" for none, and for pods. */
  readonly target: string;
}

/** The part of a plan that is withheld from others. */
interface PlannedOutside {
  readonly externalIp: IpAddress;
  readonly gateway: { readonly uplink: string };
  readonly requested: boolean;
}

const nobody: readonly FloatingHolder[] = [];

export class FloatingAddresses {
  readonly #gateways = new Map<string, FloatingGateway>();
  readonly #byUuid = new Map<string, FloatingHolder>();
  readonly #byKey = new Map<AddressKey, readonly FloatingHolder[]>();
  readonly #byAllocation = new Map<string, readonly FloatingHolder[]>();
  readonly #byTarget = new Map<string, readonly FloatingHolder[]>();
  /** The addresses of each namespace on each uplink, with the number of rows that hold each of them. */
  readonly #byNamespace = new Map<string, Map<AddressKey, number>>();
  /** Plans of this process that are in flight: the address, and the namespace for which it counts. */
  readonly #withheld = new Map<AddressKey, string>();
  readonly #cooldown: Cooldown;
  /** The place where the next search begins, by uplink and family. */
  readonly #rotors = new Map<string, bigint>();
  readonly #randomBelow: (below: bigint) => bigint;

  constructor({ cooldownMs, randomBelow }: SwitchStateOptions) {
    this.#cooldown = new Cooldown(cooldownMs);
    this.#randomBelow = randomBelow;
  }

  /** Applies a change of a router, NAT rule or Address_Set. Gives the row that came to an address which another holder has. */
  apply(change: RowChange): FloatingHolder | undefined {
    const router = changeIn(gatewayRouter, change);
    if (router !== undefined) {
      const gateway = router.after && floatingGatewayOf(change.uuid, router.after);
      if (gateway === undefined) this.#gateways.delete(change.uuid);
      else this.#gateways.set(change.uuid, gateway);
      return undefined;
    }
    const rule = changeIn(nat, change);
    if (rule !== undefined) return this.#replace(change.uuid, rule.after && holderOfRule(change.uuid, rule.after));
    const hold = changeIn(floatingHold, change);
    if (hold === undefined) return undefined;
    const after = hold.after && ipOfHold(hold.after.external_ids);
    return this.#replace(change.uuid, after && holderOf(change.uuid, hold.after.external_ids, after));
  }

  /** The gateway of the Uplink of this name. */
  gateway(uplink: string): FloatingGateway | undefined {
    // There are few, and a name is looked for only when somebody asks for a floating address.
    return this.gateways().find((one) => one.uplink === uplink);
  }

  gateways(): readonly FloatingGateway[] {
    return [...this.#gateways.values()];
  }

  rows(): MapIterator<FloatingHolder> {
    return this.#byUuid.values();
  }

  row(uuid: string): FloatingHolder | undefined {
    return this.#byUuid.get(uuid);
  }

  /** The rows by which a port has addresses outside. */
  ofPort(port: string): readonly FloatingHolder[] {
    if (this.#byAllocation.size === 0) return nobody;
    // The id of an allocation has no hyphen, and the name of an interface may have some.
    return this.ofAllocation(port.slice(0, port.indexOf("-"))).filter(({ holder }) => holder === port);
  }

  ofAllocation(id: string): readonly FloatingHolder[] {
    return this.#byAllocation.get(id) ?? nobody;
  }

  /** The allocations that have addresses outside. */
  allocations(): MapIterator<string> {
    return this.#byAllocation.keys();
  }

  /** The rules of a port, with the gateways that have them, for those who delete the port. */
  rulesOf(port: string): readonly RuleRef[] {
    return this.#refs(this.ofPort(port));
  }

  /** The rules of FloatingIPs that lead to a port. They go in the transaction that releases it. */
  rulesTo(port: string): readonly RuleRef[] {
    return this.#refs(this.#byTarget.get(port) ?? nobody);
  }

  #refs(rules: readonly FloatingHolder[]): readonly RuleRef[] {
    return rules.flatMap(({ uuid, uplink }) => {
      const routerUuid = this.gateway(uplink)?.routerUuid;
      return routerUuid === undefined ? [] : [{ uuid, routerUuid }];
    });
  }

  /** Gives the holders of the address, without the rows of `self`. */
  others(ip: IpAddress, self = ""): readonly FloatingHolder[] {
    const held = this.#byKey.get(addressKey(ip));
    if (held === undefined) return nobody;
    return held.filter(({ holder }) => holder !== self);
  }

  /** Counts the addresses that a namespace has on the uplink, with those that are in flight. */
  countOf(uplink: string, namespace: string): number {
    const tag = tagOf(uplink, namespace);
    const inFlight = [...this.#withheld.values()].filter((each) => each === tag).length;
    return this.heldBy(uplink, namespace) + inFlight;
  }

  /** Counts the addresses that a namespace has on the uplink in NB. */
  heldBy(uplink: string, namespace: string): number {
    return this.#byNamespace.get(tagOf(uplink, namespace))?.size ?? 0;
  }

  /** Withholds an address from other plans until the conflict check has shown who holds it. */
  withhold({ externalIp, gateway: { uplink }, requested }: PlannedOutside, namespace: string): void {
    this.#withheld.set(addressKey(externalIp), tagOf(uplink, namespace));
    if (!requested) this.#rotors.set(rotorOf(uplink, externalIp.family), externalIp.value + 1n);
  }

  /**
   * Finds an address of the gateway that is not taken, from where the last search ended; the first one starts at a random
   * place. It leaves addresses in cooldown alone while there are others.
   */
  nextFree(
    { uplink, ranges }: FloatingGateway,
    family: Family,
    nowMs: number,
    isTaken: (ip: IpAddress) => boolean,
  ): IpAddress | undefined {
    const rotor = rotorOf(uplink, family);
    const from = this.#rotors.get(rotor) ?? this.#randomStart(ranges, family);
    this.#rotors.set(rotor, from);
    const isAvoided = (ip: IpAddress): boolean => this.#cooldown.has(addressKey(ip), nowMs) || isTaken(ip);
    return nextFreeInRanges(ranges, family, from, isAvoided) ?? nextFreeInRanges(ranges, family, from, isTaken);
  }

  #randomStart(ranges: readonly IpRange[], family: Family): bigint {
    return nthInRanges(ranges, family, this.#randomBelow(rangesSize(ranges, family) + 1n))?.value ?? 0n;
  }

  releaseWithheld(ip: IpAddress): void {
    this.#withheld.delete(addressKey(ip));
  }

  isWithheld(ip: IpAddress): boolean {
    return this.#withheld.has(addressKey(ip));
  }

  /** Begins the cooldown of an address that was just released. */
  coolDown(ip: IpAddress, nowMs: number): void {
    // The iterator takes out what it passes.
    Iterator.from(this.#cooldown.takeEnded(nowMs)).forEach(() => undefined);
    this.#cooldown.add(addressKey(ip), nowMs);
  }

  #replace(uuid: string, now: FloatingHolder | undefined): FloatingHolder | undefined {
    const before = this.#byUuid.get(uuid);
    if (before !== undefined) this.#remove(before);
    if (now === undefined) return undefined;
    const key = addressKey(now.ip);
    const isNew = before === undefined || addressKey(before.ip) !== key;
    const isHeld = isNew && this.others(now.ip, now.holder).length > 0;
    this.#byUuid.set(uuid, now);
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), now]);
    const { allocation } = now;
    if (now.kind === "pod") this.#byAllocation.set(allocation, [...this.ofAllocation(allocation), now]);
    if (now.target !== "") this.#byTarget.set(now.target, [...(this.#byTarget.get(now.target) ?? []), now]);
    this.#count(now, 1);
    return isHeld ? now : undefined;
  }

  #remove(row: FloatingHolder): void {
    this.#byUuid.delete(row.uuid);
    takeOut(this.#byKey, addressKey(row.ip), row);
    takeOut(this.#byAllocation, row.allocation, row);
    takeOut(this.#byTarget, row.target, row);
    this.#count(row, -1);
  }

  #count({ uplink, namespace, ip, kind }: FloatingHolder, by: 1 | -1): void {
    if (kind === "other") return;
    const tag = tagOf(uplink, namespace);
    const key = addressKey(ip);
    const counts = this.#byNamespace.get(tag) ?? new Map<AddressKey, number>();
    const rows = (counts.get(key) ?? 0) + by;
    if (rows === 0) counts.delete(key);
    else counts.set(key, rows);
    if (counts.size === 0) this.#byNamespace.delete(tag);
    else this.#byNamespace.set(tag, counts);
  }
}

function takeOut<K>(map: Map<K, readonly FloatingHolder[]>, key: K, row: FloatingHolder): void {
  const rest = map.get(key)?.filter((each) => each !== row);
  if (rest === undefined || rest.length === 0) map.delete(key);
  else map.set(key, rest);
}

function rotorOf(uplink: string, family: Family): string {
  return `${uplink} ${family}`;
}

function tagOf(uplink: string, namespace: string): string {
  return `${uplink} ${namespace}`;
}

type Ids = ReadonlyMap<string, string>;

function ipOfHold(ids: Ids): IpAddress | undefined {
  return parseIp(ids.get(externalId("floating-address")) ?? "");
}

function holderOfRule(
  uuid: string,
  row: {
    readonly external_ip: string;
    readonly external_mac: string | undefined;
    readonly logical_ip: string;
    readonly logical_port: string | undefined;
    readonly external_ids: Ids;
  },
): FloatingHolder | undefined {
  const ip = parseIp(row.external_ip);
  if (ip === undefined) return undefined;
  const { logical_ip: logicalIp, logical_port: distributedPort, external_mac: externalMac } = row;
  return { ...holderOf(uuid, row.external_ids, ip), logicalIp, distributedPort, externalMac };
}

function holderOf(uuid: string, ids: Ids, ip: IpAddress): FloatingHolder {
  const text = (name: Parameters<typeof externalId>[0]): string => ids.get(externalId(name)) ?? "";
  const base = {
    uuid,
    ip,
    uplink: text("uplink"),
    namespace: text("namespace"),
    allocation: text("allocation"),
    cluster: text("cluster"),
    logicalIp: "",
    distributedPort: undefined,
    externalMac: undefined,
    target: text("port"),
  };
  if (text("owner") !== ownerValue || base.uplink === "") return { ...base, kind: "other", holder: uuid };
  if (base.allocation !== "") return { ...base, kind: "pod", holder: `${base.allocation}-${text("interface")}` };
  const holder = scopeOfRow(text("row"));
  return { ...base, kind: holder.startsWith(`${serviceScopes}/`) ? "Service" : "FloatingIP", holder };
}
