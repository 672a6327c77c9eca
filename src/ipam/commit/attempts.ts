import type { PortOwner } from "#src/ovn/port-ownership.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { equalIp } from "#src/net/ip.ts";
import type { PortRef } from "#src/ovn/ports/port-operations.ts";
import { addressKey, type HolderKey } from "../index/address-key.ts";
import type { AddressIndex } from "../index/address-index.ts";
import type { SwitchState } from "../index/switch-state.ts";
import { outsideHolders } from "../index/floating-search.ts";
import { otherHolders } from "../index/other-holders.ts";
import { type Allocation, type JoinedAllocation, type PlannedPort, portName } from "../allocation.ts";
import { isClaimShared } from "./claims.ts";

/** One try at an allocation: it has an id of its own, the ports that it wants, and those of them that NB has. */
export interface Attempt {
  readonly id: string;
  readonly ports: readonly PlannedPort[];
  /** The allocation that its ports belong to; undefined when it is the attempt itself. */
  readonly joins?: JoinedAllocation | undefined;
  /** UUIDs by the name of the port, as the monitor shows them. */
  readonly rows: Map<string, string>;
}

/** The outcome of the conflict check after a transaction. */
export type ConflictVerdict = "won" | "lost" | "absent";

/** The attempts of this replica whose rows the monitor has to recognise. */
export class Attempts {
  /** The attempts by the allocation that their ports belong to. Several may be for one stored pod. */
  readonly #byAllocation = new Map<string, readonly Attempt[]>();

  open(id: string, ports: readonly PlannedPort[], joins?: JoinedAllocation): Attempt {
    const attempt: Attempt = { id, ports, joins, rows: new Map() };
    const allocation = allocationOfAttempt(attempt);
    this.#byAllocation.set(allocation, [...this.#of(allocation), attempt]);
    return attempt;
  }

  close(attempt: Attempt): void {
    const allocation = allocationOfAttempt(attempt);
    const others = this.#of(allocation).filter((other) => other !== attempt);
    if (others.length === 0) this.#byAllocation.delete(allocation);
    else this.#byAllocation.set(allocation, others);
  }

  has(id: string): boolean {
    return [...this.#byAllocation.values()].some((attempts) => attempts.some((attempt) => attempt.id === id));
  }

  portAdded(uuid: string, name: string, owner: PortOwner): void {
    for (const { id, ports, rows } of this.#of(owner.allocation))
      if (ports.some((port) => portName(id, port) === name)) rows.set(name, uuid);
  }

  portRemoved(uuid: string, owner: PortOwner): void {
    for (const { rows } of this.#of(owner.allocation))
      for (const [name, row] of rows) if (row === uuid) rows.delete(name);
  }

  #of(allocation: string): readonly Attempt[] {
    return this.#byAllocation.get(allocation) ?? [];
  }
}

/** The attempt as its caller is told of it. */
export function toldAllocation({ id, ports, joins }: Omit<Attempt, "rows">): Allocation {
  return { id, ports, ...(joins === undefined ? {} : { joins }) };
}

/** The id of the allocation to which the ports of an attempt belong. */
export function allocationOfAttempt({ id, joins }: Pick<Attempt, "id" | "joins">): string {
  return joins?.allocation ?? id;
}

/**
 * Says whether an attempt may be answered. The index holds every commit that came before the attempt's own rows only when
 * all of them are in the index. From then on another holder of one of its addresses or MACs means that it lost.
 */
export function checkConflicts(attempt: Attempt, index: AddressIndex): ConflictVerdict {
  for (const port of attempt.ports) {
    const uuid = attempt.rows.get(portName(attempt.id, port));
    if (uuid === undefined || switchOf(port, uuid, index) === undefined) return "absent";
    if (port.floating !== undefined && ruleOfPort(attempt, port, index) === undefined) return "absent";
  }
  const isShared = attempt.ports.some((port) => {
    const uuid = attempt.rows.get(portName(attempt.id, port)) ?? "";
    const state = switchOf(port, uuid, index);
    if (state === undefined) return true;
    const isHeld = (key: HolderKey): boolean => otherHolders(index, state, key, "conflict check", uuid).length > 0;
    return (
      isClaimShared(port, index) ||
      isHeld(port.mac) ||
      port.addresses.some(({ ip }) => isHeld(addressKey(ip))) ||
      isOutsideShared(attempt, port, index)
    );
  });
  return isShared ? "lost" : "won";
}

function ruleOfPort(attempt: Attempt, port: PlannedPort, index: AddressIndex) {
  const { floating } = port;
  const rules = index.floating.ofPort(portName(attempt.id, port));
  return floating && rules.find(({ ip }) => equalIp(ip, floating.externalIp));
}

/** True when somebody else has the address outside, or the namespace has more of them than it may. */
function isOutsideShared(attempt: Attempt, port: PlannedPort, index: AddressIndex): boolean {
  const { floating } = port;
  if (floating === undefined) return false;
  const { gateway, externalIp, distributed } = floating;
  if (outsideHolders(index, gateway, externalIp, distributed, portName(attempt.id, port)).length > 0) return true;
  const namespace = ruleOfPort(attempt, port, index)?.namespace ?? "";
  return gateway.limit !== undefined && index.floating.heldBy(gateway.uplink, namespace) > gateway.limit;
}

/** The switch of the port's network, if the port is on it. */
function switchOf(port: PlannedPort, uuid: string, index: AddressIndex): SwitchState | undefined {
  return index.switchesOf(uuid).find((state) => state.uuid === port.network.switchUuid);
}

/**
 * Gives the rows that NB has of an attempt, so that they can be deleted. A row that somebody put on a second switch is
 * left alone. The controller reports it. A row that took the place of another attempt's is left to the controller as well.
 */
export function rowsOf(attempt: Attempt, index: AddressIndex): PortRef[] {
  return [...attempt.rows.values()].flatMap((uuid) => {
    const [state, ...others] = index.switchesOf(uuid);
    return state === undefined || others.length > 0 || isRetaken(uuid, index) ? [] : [index.refOf(uuid, state.uuid)];
  });
}

/** True for a row that stands for two attempts of one change. The other one may have been answered, and stored. */
export function isRetaken(uuid: string, index: AddressIndex): boolean {
  return index.port(uuid)?.external_ids.has(externalId("retaken")) === true;
}
