import type { Metrics } from "#src/core/metrics.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { type FloatingUsage, floatingUsage } from "#src/ipam/index/floating-usage.ts";
import type { Pool } from "#src/ipam/index/switch-state.ts";
import type { Family } from "#src/net/ip.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import type { AllocationRows } from "../allocation-rules/allocation-rows.ts";

/** The number of addresses of one network in one family: how many it has, and how many are held. */
export interface PoolSample {
  readonly network: string;
  readonly family: "IPv4" | "IPv6";
  readonly size: number;
  readonly used: number;
  /** The used addresses that no stored pod holds yet. */
  readonly reserved: number;
}

/** The number of addresses of a pool that only those get who choose it. A network has 32 of them at most. */
export interface NamedPoolSample extends Omit<PoolSample, "reserved"> {
  readonly pool: string;
}

export interface NbSamples {
  readonly pools: readonly PoolSample[];
  readonly named: readonly NamedPoolSample[];
  readonly floating: readonly FloatingUsage[];
  /** The number of allocations that no stored pod holds yet. */
  readonly openReservations: number;
  /** The time since the monitor first showed the oldest of them; 0 when there is none. */
  readonly oldestReservationSeconds: number;
  readonly unknownPorts: number;
}

/** Takes the samples from the index and the rows as they are now. Nothing is read from NB. */
export function takeSamples(
  index: Pick<AddressIndex, "switches" | "switchesOf" | "port" | "floating">,
  rows: Pick<AllocationRows, "ids" | "of" | "unknown">,
  nowMs: number,
): NbSamples {
  const reserved = new Map<string, number>();
  let openReservations = 0;
  let oldestMs = nowMs;
  for (const id of rows.ids()) {
    const open = rows.of(id).filter(({ owner }) => owner.podUid === "");
    if (open.length > 0) openReservations += 1;
    for (const { uuid, firstSeenMs } of open) {
      oldestMs = Math.min(oldestMs, firstSeenMs);
      const row = index.port(uuid);
      if (row === undefined) continue;
      for (const state of index.switchesOf(uuid)) {
        for (const ip of portAddresses(row).ips) {
          if (state.namedPoolOf(ip) !== undefined) continue;
          const key = `${state.uuid} ${ip.family.toString()}`;
          reserved.set(key, (reserved.get(key) ?? 0) + 1);
        }
      }
    }
  }
  const pools = [...index.switches()].flatMap(({ uuid, network, poolsByFamily }) =>
    [...poolsByFamily].map(([family, own]): PoolSample => {
      const held = reserved.get(`${uuid} ${family.toString()}`) ?? 0;
      return { network: network.name, family: nameOf(family), ...countsOf(own), reserved: held };
    }),
  );
  const named = [...index.switches()].flatMap(({ network, namedPools }) =>
    [...namedPools.values()].flatMap((pool) =>
      [...Map.groupBy(pool.pools, ({ subnet }) => subnet.cidr.family)].map(([family, own]): NamedPoolSample => {
        return { network: network.name, pool: pool.name, family: nameOf(family), ...countsOf(own) };
      }),
    ),
  );
  const oldestReservationSeconds = (nowMs - oldestMs) / 1_000;
  const floating = floatingUsage(index.floating);
  return {
    pools,
    named,
    floating,
    openReservations,
    oldestReservationSeconds,
    unknownPorts: [...rows.unknown()].length,
  };
}

/** Sets the gauges to the samples. Networks and Uplinks that are gone are forgotten. */
export function showSamples({ pools, named, floating, ...samples }: NbSamples, metrics: Metrics): void {
  for (const name of [
    "ovn4nfv_pool_addresses",
    "ovn4nfv_pool_addresses_used",
    "ovn4nfv_pool_addresses_reserved",
    "ovn4nfv_named_pool_addresses",
    "ovn4nfv_named_pool_addresses_used",
    "ovn4nfv_floating_addresses",
    "ovn4nfv_floating_addresses_used",
  ] as const)
    metrics.clear(name);
  for (const { network, family, size, used, reserved } of pools) {
    metrics.set("ovn4nfv_pool_addresses", { network, family }, size);
    metrics.set("ovn4nfv_pool_addresses_used", { network, family }, used);
    metrics.set("ovn4nfv_pool_addresses_reserved", { network, family }, reserved);
  }
  for (const { network, pool, family, size, used } of named) {
    metrics.set("ovn4nfv_named_pool_addresses", { network, pool, family }, size);
    metrics.set("ovn4nfv_named_pool_addresses_used", { network, pool, family }, used);
  }
  for (const { uplink, family, size, used } of floating) {
    metrics.set("ovn4nfv_floating_addresses", { uplink, family: nameOf(family) }, Number(size));
    metrics.set("ovn4nfv_floating_addresses_used", { uplink, family: nameOf(family) }, used);
  }
  metrics.set("ovn4nfv_reservations_open", {}, samples.openReservations);
  metrics.set("ovn4nfv_reservation_oldest_seconds", {}, samples.oldestReservationSeconds);
  metrics.set("ovn4nfv_unknown_ports", {}, samples.unknownPorts);
}

function countsOf(own: readonly Pool[]): Pick<PoolSample, "size" | "used"> {
  const size = own.reduce((sum, { space }) => sum + space.capacity, 0n);
  const free = own.reduce((sum, { space }) => sum + space.freeCount(), 0n);
  return { size: Number(size), used: Number(size - free) };
}

function nameOf(family: Family): PoolSample["family"] {
  return family === 4 ? "IPv4" : "IPv6";
}
