// Decides which address a FloatingIP or a Service holds: a pure function of the object and of what NB has.
import type { FloatingIpConfig } from "#src/api/floating-ip/floating-ip-config.ts";
import { equalIp, type Family, type IpAddress, printIp } from "#src/net/ip.ts";
import { rangeHolds } from "#src/net/range.ts";
import type { FloatingGateway } from "#src/ovn/floating/floating-gateway.ts";

/** The Uplink of a FloatingIP, as NB and the objects have it. */
export type UplinkFacts =
  | { readonly kind: "unknown" }
  | { readonly kind: "waits"; readonly message: string }
  | { readonly kind: "there"; readonly gateway: FloatingGateway };

/** The words of a kind of object for what its user can do. */
export interface HoldCures {
  /** There is no such Uplink. */
  readonly unknownUplink: string;
  /** Somebody else has the address that was asked for. */
  readonly addressInUse: string;
}

export const floatingIpCures: HoldCures = {
  unknownUplink: "make it, or make the object anew with another spec.uplink",
  addressInUse: "make another one with a free address",
};

export interface HoldInput {
  readonly config: Pick<FloatingIpConfig, "uplink" | "address">;
  readonly namespace: string;
  /** The address of the row that holds it; undefined when there is no such row. */
  readonly held: IpAddress | undefined;
  /** The address that the status names. It stays the address of the object when NB has lost the row. */
  readonly told: IpAddress | undefined;
  readonly uplink: UplinkFacts;
  readonly isAdmitted: boolean;
  /** The number of addresses that the namespace has on the uplink. */
  readonly count: number;
  /** Says who else has the address, as a clause; undefined for nobody. */
  readonly takenBy: (ip: IpAddress) => string | undefined;
  /** The families of which an address may be chosen. */
  readonly families: readonly Family[];
  /** Gives a free address of these families that the gateway hands out. */
  readonly choose: (gateway: FloatingGateway) => IpAddress | undefined;
  readonly cures: HoldCures;
}

export type HoldReason =
  | "UnknownUplink"
  | "WaitsForUplink"
  | "NamespaceNotAllowed"
  | "NoFloatingAddresses"
  | "AddressNotInPool"
  | "AddressInUse"
  | "LimitReached"
  | "PoolExhausted";

export type HoldDecision =
  /** It holds the address, and traffic may come. */
  | { readonly kind: "keep"; readonly address: IpAddress }
  | { readonly kind: "take"; readonly address: IpAddress }
  | {
      readonly kind: "none";
      readonly reason: HoldReason;
      readonly message: string;
      /** The thing that has to become free; undefined where an object or a namespace has to change. */
      readonly waitsFor: string | undefined;
    };

/**
 * An address that is held stays held: a pool or a limit that became smaller takes it from nobody. A namespace that is not admitted
 * any more keeps its addresses, and no traffic comes by them.
 */
export function decideHold(input: HoldInput): HoldDecision {
  const { config, namespace, held, told, uplink, isAdmitted, count, takenBy, families, choose, cures } = input;
  const name = config.uplink;
  if (uplink.kind === "unknown") {
    return none("UnknownUplink", `there is no Uplink ${name}: ${cures.unknownUplink}`);
  }
  if (uplink.kind === "waits") return none("WaitsForUplink", `the Uplink ${name} is not made yet: ${uplink.message}`);
  const { gateway } = uplink;
  if (!isAdmitted) {
    const cure = `its owner writes ${namespace} into spec.floating.allowedNamespaces`;
    return none("NamespaceNotAllowed", `the Uplink ${name} gives no address to the namespace ${namespace}: ${cure}`);
  }
  if (held !== undefined) return { kind: "keep", address: held };
  if (gateway.ranges.length === 0) {
    return none("NoFloatingAddresses", `the Uplink ${name} has no spec.floating: its owner writes addresses there`);
  }
  const wanted = config.address ?? told;
  if (wanted !== undefined && !gateway.ranges.some((range) => rangeHolds(range, wanted))) {
    const cure = "choose one of spec.floating of the Uplink";
    return none("AddressNotInPool", `${printIp(wanted)} is not an address that the Uplink ${name} gives: ${cure}`);
  }
  if (gateway.limit !== undefined && count >= gateway.limit) {
    const has = `the namespace ${namespace} has ${count} of at most ${gateway.limit} addresses of the Uplink ${name}`;
    return none("LimitReached", `${has}: delete a FloatingIP, a Service or a pod with one`, limitOf(name, namespace));
  }
  if (wanted !== undefined) {
    const holder = takenBy(wanted);
    if (holder === undefined) return { kind: "take", address: wanted };
    const cure = config.address === undefined ? "it waits until that is free" : cures.addressInUse;
    return none("AddressInUse", `${printIp(wanted)} is held by ${holder}: ${cure}`, addressOf(wanted));
  }
  const chosen = choose(gateway);
  if (chosen !== undefined) return { kind: "take", address: chosen };
  return none(
    "PoolExhausted",
    `all addresses of the Uplink ${name} are held: its owner adds some to spec.floating`,
    poolOf(name, families.length === 1 ? families[0] : undefined),
  );
}

function none(reason: HoldReason, message: string, waitsFor?: string): HoldDecision {
  return { kind: "none", reason, message, waitsFor };
}

/**
 * The words for the thing that an object waits for: any address of an Uplink or one of a family, one address, or the limit of a
 * namespace. Many who wait for one family are no reason that others wait for the other one.
 */
export const poolOf = (uplink: string, family?: Family): string =>
  family === undefined ? `pool ${uplink}` : `pool ${uplink} IPv${family}`;
export const poolsOf = (uplink: string): readonly string[] => [
  poolOf(uplink),
  ...([4, 6] as const).map((family) => poolOf(uplink, family)),
];
export const addressOf = (ip: IpAddress): string => `address ${printIp(ip)}`;
export const limitOf = (uplink: string, namespace: string): string => `limit ${uplink} ${namespace}`;

/** True while the status does not name the address of the row. */
export function isUntold(held: IpAddress, told: IpAddress | undefined): boolean {
  return told === undefined || !equalIp(held, told);
}
