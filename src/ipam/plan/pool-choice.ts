// Holds what a port asks for against the pools of its network: their addresses go only to those who choose them.
import { refusal } from "#src/core/errors.ts";
import { type IpAddress, printIp } from "#src/net/ip.ts";
import { printRange } from "#src/net/range.ts";
import type { PortRequest } from "../allocation.ts";
import type { SwitchState } from "../index/switch-state.ts";
import type { ClaimedPort } from "./claim-choice.ts";

/** Throws `UnknownPool` when the network has no pool of the name that the port chose. */
export function checkChosenPool({ pool, network }: PortRequest, { namedPools }: SwitchState): void {
  if (pool?.name === undefined || namedPools.has(pool.name)) return;
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

interface Asked {
  readonly field: string;
  readonly value: string;
}

/**
 * Throws `AddressReserved` for a requested address in a pool that the port did not choose, and `AddressOutOfRange` for one beside
 * the pool that its request names. A claim may have any address that a pod of its namespace could get by choosing.
 */
export function checkPoolOfAddress(
  { pool, network }: PortRequest,
  ip: IpAddress,
  state: SwitchState,
  claimed: ClaimedPort | undefined,
  at: Asked,
): void {
  if (state.namedPools.size === 0) return;
  const owner = state.namedPoolOf(ip)?.name;
  const isPermitted = owner !== undefined && pool?.permitted.has(owner) === true;
  if (claimed !== undefined) {
    if (owner === undefined || isPermitted) return;
    throw refusal("AddressReserved", {
      ...at,
      value: printIp(ip),
      reason: `has an address of the pool ${JSON.stringify(owner)} of the network ${JSON.stringify(network)}, which the namespace may not choose`,
      remedy: askOwner(owner),
    });
  }
  if (owner === undefined) refuseBeside(pool, ip, state, at);
  else if (owner !== pool?.name) {
    const name = JSON.stringify(owner);
    throw refusal("AddressReserved", {
      ...at,
      reason: `belongs to the pool ${name} of the network ${JSON.stringify(network)}, which the interface did not choose`,
      remedy: isPermitted
        ? `write "pool": ${name} beside it, or ask for an address outside of the pool`
        : `ask for another address, or ${askOwner(owner)}`,
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

function askOwner(pool: string): string {
  return `ask the network's owner to add the namespace to allowedNamespaces of the pool ${JSON.stringify(pool)}`;
}
