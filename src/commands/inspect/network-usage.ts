// Computes the lines of `ovn4nfv networks` from the index: each switch that is a network, and how full it is.
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import type { NamedPoolState, Pool, SwitchState } from "#src/ipam/index/switch-state.ts";
import { printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { printRange } from "#src/net/range.ts";
import type { Network } from "#src/ovn/network.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";

/** One subnet of a network. Addresses that nobody can have are not counted. */
export interface SubnetUsage {
  readonly cidr: string;
  readonly gateway: string | undefined;
  readonly capacity: bigint;
  readonly used: bigint;
  readonly free: bigint;
}

/** The addresses of a pool in one family. */
export interface NamedPoolUsage extends Omit<SubnetUsage, "cidr" | "gateway"> {
  readonly pool: string;
  readonly ranges: readonly string[];
}

export interface NetworkUsage {
  readonly name: string;
  /** The addresses of pools are counted with the pools. */
  readonly subnets: readonly SubnetUsage[];
  /** Absent when it has none. */
  readonly pools?: readonly NamedPoolUsage[];
  /** The number of ports, of all namespaces, whose pod is not known to be stored. */
  readonly openReservations: number;
  /** In bytes; undefined for the agent's default. */
  readonly mtu: number | undefined;
  /** `*` stands for all. */
  readonly allowedNamespaces: readonly string[];
  /** The reason why every pod is refused; undefined when there is none. */
  readonly problem: string | undefined;
}

/** All networks, by name. A switch that has neither subnets nor allowed namespaces is no network. */
export function networkUsage(index: AddressIndex, source: RowSource): readonly NetworkUsage[] {
  const open = openReservations(index, source);
  return [...index.switches()]
    .filter((state) => isNetwork(state, source))
    .map((state) => usageOf(state, open.get(state) ?? 0, index.named(state.network.name).length > 1))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function isNetwork(state: SwitchState, source: RowSource): boolean {
  const row = source.rows(logicalSwitch).get(state.uuid);
  if (row === undefined) return false;
  const ours = [externalId("subnets"), externalId("allowed-namespaces")];
  const others = ["subnet", "ipv6_prefix"];
  return ours.some((key) => row.external_ids.has(key)) || others.some((key) => row.other_config.has(key));
}

function usageOf(state: SwitchState, open: number, isAmbiguous: boolean): NetworkUsage {
  const { network, pools, poolsByFamily, namedPools } = state;
  const { name, mtu, allowedNamespaces, problem } = network;
  return {
    name,
    subnets: pools.map(subnetUsage),
    ...(namedPools.size === 0 ? {} : { pools: [...namedPools.values()].flatMap((pool) => namedUsage(pool, network)) }),
    openReservations: open,
    mtu,
    allowedNamespaces: allowedNamespaces === "*" ? ["*"] : [...allowedNamespaces].sort(),
    problem: problem ?? (isAmbiguous ? "is the name of more than one logical switch" : fullness(poolsByFamily)),
  };
}

/** A pod gets an address of each family, so that one full family is enough to refuse it. */
function fullness(poolsByFamily: SwitchState["poolsByFamily"]): string | undefined {
  const full = [...poolsByFamily].filter(([, pools]) => pools.every(({ space }) => space.freeCount() === 0n));
  const families = full.map(([family]) => `IPv${family.toString()}`);
  return families.length === 0 ? undefined : `has no free ${families.join(" and no free ")} address`;
}

function subnetUsage(pool: Pool): SubnetUsage {
  const { cidr, gateway } = pool.subnet;
  return { cidr: printCidr(cidr), gateway: gateway && printIp(gateway), ...countsOf([pool]) };
}

function countsOf(pools: readonly Pool[]) {
  const capacity = pools.reduce((sum, { space }) => sum + space.capacity, 0n);
  const free = pools.reduce((sum, { space }) => sum + space.freeCount(), 0n);
  return { capacity, used: capacity - free, free };
}

function namedUsage({ name, pools }: NamedPoolState, network: Network): readonly NamedPoolUsage[] {
  const all = network.pools.find((pool) => pool.name === name)?.ranges ?? [];
  return [...Map.groupBy(pools, ({ subnet }) => subnet.cidr.family)].map(([family, own]) => {
    const ranges = all.filter(({ first }) => first.family === family).map(printRange);
    return { pool: name, ranges, ...countsOf(own) };
  });
}

function openReservations(index: AddressIndex, source: RowSource): ReadonlyMap<SwitchState, number> {
  const open = new Map<SwitchState, number>();
  for (const [uuid, { external_ids }] of source.rows(logicalSwitchPort)) {
    if (portOwner(external_ids)?.podUid !== "") continue;
    for (const state of index.switchesOf(uuid)) open.set(state, (open.get(state) ?? 0) + 1);
  }
  return open;
}
