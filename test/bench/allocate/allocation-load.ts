import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics, type Metrics } from "#src/core/metrics.ts";
import type { Allocation, AllocationRequest } from "#src/ipam/allocation.ts";
import { NbAllocator } from "#src/ipam/nb-allocator.ts";

export const benchCluster = "5f0c7a52-3e0f-4b57-8f6d-0d1f6f3f0a11";

export interface OpenAllocator extends AsyncDisposable {
  readonly allocator: NbAllocator;
  /** The mean number of allocations in a transaction so far. */
  groupSize(): Promise<number>;
}

/** Opens an allocator over these endpoints and waits until it is ready. */
export async function openAllocator(
  endpoints: readonly string[],
  replica: string,
  leader: "prefer" | "any" = "prefer",
): Promise<OpenAllocator> {
  const ending = new AbortController();
  const metrics = createMetrics();
  const allocator = new NbAllocator({
    nb: { endpoints, leader },
    clock: systemClock,
    logger: silentLogger,
    metrics,
    replica,
    cluster: benchCluster,
    anySwitch: false,
    cooldownMs: 60_000,
    quietMs: 40_000,
    pods: undefined,
  });
  allocator.start(ending.signal);
  await allocator.ready({ deadlineMs: systemClock.monotonicMs() + 60_000 });
  return {
    allocator,
    groupSize: () => meanOf(metrics, "ovn4nfv_nb_transaction_allocations"),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await allocator.close();
    },
  };
}

/** The mean of a histogram without labels: its sum by its count. */
async function meanOf({ registry }: Metrics, name: string): Promise<number> {
  const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
  const valueOf = (suffix: string): number =>
    values.find((each) => "metricName" in each && each.metricName === name + suffix)?.value ?? 0;
  return valueOf("_sum") / valueOf("_count");
}

/** Lets `callers` callers at once ask for one address each, until there are `total`, or `more` says stop. */
export async function allocateMany(
  allocator: NbAllocator,
  network: string,
  total: number,
  callers: number,
  pod?: AllocationRequest["pod"],
): Promise<Allocation[]> {
  const found: Allocation[] = [];
  let asked = 0;
  const caller = async (): Promise<void> => {
    while (asked < total) {
      asked += 1;
      const port = { field: "bench", network, interfaceName: "net1", addresses: [], mac: undefined };
      const request = { namespace: "default", podName: `pod-${asked}`, ports: [port], pod };
      found.push(await allocator.allocate(request, { deadlineMs: systemClock.monotonicMs() + 30_000 }));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return found;
}
