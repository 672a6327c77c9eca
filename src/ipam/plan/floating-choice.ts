// Chooses the address outside of an interface, or checks the one that a user asks for.
import type { FloatingRequest } from "#src/api/request/floating-request.ts";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import type { Family, IpAddress } from "#src/net/ip.ts";
import { printIp } from "#src/net/ip.ts";
import { printRange, rangeHolds } from "#src/net/range.ts";
import { rangesSize } from "#src/net/range-search.ts";
import type { FloatingGateway } from "#src/ovn/floating/floating-gateway.ts";
import { includesNamespace } from "#src/ovn/network.ts";
import type { PlannedFloating, PlannedPort } from "../allocation.ts";
import { addressKey, type AddressKey } from "../index/address-key.ts";
import { outsideHolders } from "../index/floating-search.ts";
import { describeOutside } from "./floating-holder.ts";
import { findGateway } from "./floating-gateway-choice.ts";
import type { PlanningView } from "./planning-view.ts";

/** The floating addresses that one pod itself has taken so far. */
interface FloatingPicks {
  readonly keys: Set<AddressKey>;
  readonly countByUplink: Map<string, number>;
}

type Asking = PlannedPort & { readonly asked: FloatingRequest };

/**
 * Adds the addresses outside to the ports that ask for one. An address that the user asked for is checked first and taken out of
 * the choice. Throws all refusals.
 */
export function planFloating(
  ports: readonly PlannedPort[],
  namespace: string,
  view: PlanningView,
): readonly PlannedPort[] {
  const asking = ports.flatMap((port): Asking[] => {
    const { floating: asked } = port.request;
    return asked === undefined ? [] : [{ ...port, asked }];
  });
  if (asking.length === 0) return ports;
  const refusals = new Refusals();
  const picks: FloatingPicks = { keys: new Set(), countByUplink: new Map() };
  const found = new Map<string, PlannedFloating>();
  const requestedFirst = asking.toSorted((a, b) => Number(isAutomatic(a)) - Number(isAutomatic(b)));
  for (const port of requestedFirst) {
    refusals.try(() => {
      const planned = planOne(port, picks, namespace, view);
      const { uplink } = planned.gateway;
      picks.keys.add(addressKey(planned.externalIp));
      picks.countByUplink.set(uplink, (picks.countByUplink.get(uplink) ?? 0) + 1);
      found.set(port.request.interfaceName, planned);
    });
  }
  refusals.throwAll();
  return ports.map((port) => {
    const floating = found.get(port.request.interfaceName);
    return floating === undefined ? port : { ...port, floating };
  });
}

function isAutomatic({ asked }: Asking): boolean {
  return asked.address === undefined;
}

function planOne(port: Asking, picks: FloatingPicks, namespace: string, view: PlanningView): PlannedFloating {
  const { asked } = port;
  const gateway = findGateway(port.network, asked, view.index);
  refuseNamespace(asked, gateway, namespace);
  refuseBeyondLimit(asked, gateway, picks, namespace, view);
  const { distributed } = asked;
  if (asked.address === undefined) {
    const { externalIp, logicalIp } = chooseExternal(port, gateway, picks, view);
    return { gateway, externalIp, logicalIp, distributed, requested: false };
  }
  const externalIp = asked.address;
  const logicalIp = innerAddress(port, externalIp.family);
  const at = { field: asked.field, value: printIp(externalIp) };
  if (logicalIp === undefined) {
    throw refusal("AddressOutOfRange", {
      ...at,
      reason: `is IPv${externalIp.family}, and the interface has no such address on ${JSON.stringify(port.network.name)}`,
      remedy: "ask for an address of the other family",
    });
  }
  if (!gateway.ranges.some((range) => rangeHolds(range, externalIp))) {
    throw refusal("AddressOutOfRange", {
      ...at,
      reason: `is none of the floating addresses of the Uplink ${gateway.uplink}, which has ${gateway.ranges.map(printRange).join(" and ")}`,
      remedy: "ask for one of them, or write auto",
    });
  }
  refuseTaken(asked, externalIp, gateway, picks, namespace, view);
  return { gateway, externalIp, logicalIp, distributed, requested: true };
}

function refuseNamespace({ field }: FloatingRequest, gateway: FloatingGateway, namespace: string): void {
  if (includesNamespace(gateway.allowedNamespaces, namespace)) return;
  throw refusal("NotAllowed", {
    field,
    value: gateway.uplink,
    reason: `is an Uplink that gives no floating addresses to the namespace ${JSON.stringify(namespace)}`,
    remedy: "ask the owner of the Uplink to add the namespace to spec.floating.allowedNamespaces",
  });
}

/** Addresses of plans in flight count, too. The conflict check finds what two replicas let in together. */
function refuseBeyondLimit(
  { field }: FloatingRequest,
  { uplink, limit }: FloatingGateway,
  { countByUplink }: FloatingPicks,
  namespace: string,
  { index }: PlanningView,
): void {
  if (limit === undefined) return;
  const held = index.floating.countOf(uplink, namespace) + (countByUplink.get(uplink) ?? 0);
  if (held < limit) return;
  throw refusal("LimitReached", {
    field,
    value: uplink,
    reason: `is an Uplink of which a namespace has at most ${limit} floating addresses, and ${JSON.stringify(namespace)} has ${held}`,
    remedy: "delete a pod or FloatingIP that has one, or ask the owner of the Uplink for a higher limitPerNamespace",
  });
}

function refuseTaken(
  { field, distributed }: FloatingRequest,
  ip: IpAddress,
  gateway: FloatingGateway,
  { keys }: FloatingPicks,
  namespace: string,
  { index }: PlanningView,
): void {
  const [holder] = outsideHolders(index, gateway, ip, distributed);
  const recovered = index.recovered.ofFloating(addressKey(ip));
  const isInFlight = index.floating.isWithheld(ip);
  const isSiblings = keys.has(addressKey(ip));
  if (holder === undefined && recovered === undefined && !isInFlight && !isSiblings) return;
  const user = describeOutside({ holder, recovered, isSiblings }, namespace, index);
  throw refusal("AddressInUse", {
    field,
    value: printIp(ip),
    reason: `is in use${user.shown}`,
    remedy: "ask for another address, or write auto",
    ...(user.holder === undefined ? {} : { holder: user.holder }),
  });
}

/** Takes the first family in which the uplink has floating addresses and the interface an address. */
function chooseExternal(
  port: Asking,
  gateway: FloatingGateway,
  picks: FloatingPicks,
  { index, nowMs }: PlanningView,
): Pick<PlannedFloating, "externalIp" | "logicalIp"> {
  const { asked } = port;
  const isTaken = (ip: IpAddress): boolean => {
    const key = addressKey(ip);
    return (
      picks.keys.has(key) ||
      index.floating.isWithheld(ip) ||
      index.recovered.ofFloating(key) !== undefined ||
      outsideHolders(index, gateway, ip, asked.distributed).length > 0
    );
  };
  let size = 0n;
  for (const family of [4, 6] as const) {
    const logicalIp = innerAddress(port, family);
    size += logicalIp === undefined ? 0n : rangesSize(gateway.ranges, family);
    const externalIp = logicalIp && index.floating.nextFree(gateway, family, nowMs, isTaken);
    if (externalIp !== undefined && logicalIp !== undefined) return { externalIp, logicalIp };
  }
  if (size === 0n) {
    throw refusal("FloatingUnavailable", {
      field: asked.field,
      value: "auto",
      reason: `finds no floating address of the Uplink ${gateway.uplink} in a family that the interface has`,
      remedy: "give the Uplink floating addresses of the other family, or the network a subnet",
    });
  }
  throw refusal("PoolExhausted", {
    field: asked.field,
    value: gateway.uplink,
    reason: `is an Uplink that has no free floating address left of ${size.toString()}`,
    remedy: "delete pods or FloatingIPs that are not needed, or add addresses to spec.floating of the Uplink",
  });
}

function innerAddress({ addresses }: PlannedPort, family: Family): IpAddress | undefined {
  return addresses.find(({ ip }) => ip.family === family)?.ip;
}
