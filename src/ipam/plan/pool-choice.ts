// Holds what a port asks for against the pools of its network: their addresses go only to those who choose them.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type AppError, refusal } from "#src/core/errors.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { printRange } from "#src/net/range.ts";
import type { PoolChoice, PortRequest } from "../allocation.ts";
import type { SwitchState } from "../index/switch-state.ts";

/** Throws `UnknownPool` when the network has no pool of the name that the port chose, and `NotAllowed` when the namespace may not choose it. */
export function checkChosenPool(
  { pool, network, isTap }: PortRequest,
  { namedPools }: SwitchState,
  namespace: string,
): void {
  if (pool?.name === undefined) return;
  if (namedPools.has(pool.name)) {
    if (isTap !== true && !pool.permitted.has(pool.name)) throw forbidden(pool, pool.name, network, namespace);
    return;
  }
  const names = [...namedPools.keys()].map((name) => JSON.stringify(name));
  throw refusal("UnknownPool", {
    field: pool.field,
    value: pool.name,
    reason: `is no pool of the network ${JSON.stringify(network)}`,
    remedy:
      names.length === 0
        ? "leave pool out: the network has no pools"
        : `write ${names.join(" or ")}, or leave pool out`,
  });
}

function forbidden({ field, isAsked }: PoolChoice, value: string, network: string, namespace: string): AppError {
  const label = `label ${annotationKeys.poolOfNamespace.key} of the namespace`;
  return refusal("NotAllowed", {
    field: isAsked ? field : label,
    value,
    reason: `is a pool of the network ${JSON.stringify(network)} that the namespace ${JSON.stringify(namespace)} may not choose`,
    remedy: `ask the network's owner to add the namespace to allowedNamespaces of the pool, or ${isAsked ? "leave pool out" : "take the label off"}`,
  });
}

interface Asked {
  readonly field: string;
  readonly value: string;
}

/**
 * Throws `AddressReserved` for a requested address in a pool that the port did not choose, and `AddressOutOfRange` for one beside
 * the pool that its request names.
 */
export function checkPoolOfAddress({ pool, network }: PortRequest, ip: IpAddress, state: SwitchState, at: Asked): void {
  if (state.namedPools.size === 0) return;
  const owner = state.namedPoolOf(ip)?.name;
  const isPermitted = owner !== undefined && pool?.permitted.has(owner) === true;
  if (owner === undefined) refuseBeside(pool, ip, state, at);
  else if (owner !== pool?.name) {
    const name = JSON.stringify(owner);
    throw refusal("AddressReserved", {
      ...at,
      reason: `belongs to the pool ${name} of the network ${JSON.stringify(network)}, which the interface did not choose`,
      remedy: isPermitted
        ? `write "pool": ${name} beside it, or ask for an address outside of the pool`
        : `ask for another address, or ask the network's owner to add the namespace to allowedNamespaces of the pool ${name}`,
    });
  }
}

function refuseBeside(pool: PortRequest["pool"], ip: IpAddress, { network }: SwitchState, at: Asked): void {
  if (pool?.name === undefined || !pool.isAsked) return;
  const ranges = network.pools.find(({ name }) => name === pool.name)?.ranges ?? [];
  const own = ranges.filter(({ first }) => first.family === ip.family);
  if (own.length === 0) return;
  throw refusal("AddressOutOfRange", {
    ...at,
    reason: `is outside the pool ${JSON.stringify(pool.name)}, which has ${own.map(printRange).join(" and ")}`,
    remedy: "ask for an address of the pool, or leave ipAddress or pool out",
  });
}
