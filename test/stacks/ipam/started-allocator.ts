import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { AllocationRequest } from "#src/ipam/allocation.ts";
import type { Conflict } from "#src/ipam/watch/conflict-watch.ts";
import { NbAllocator, type NbAllocatorOptions } from "#src/ipam/nb-allocator.ts";
import { parseIp } from "#src/net/ip.ts";

export interface StartedAllocator extends AsyncDisposable {
  readonly allocator: NbAllocator;
  /** Resolves with the first conflict that is reported. */
  readonly conflict: Promise<Conflict>;
}

let replicas = 0;

/** Starts an allocator like the webhook does, and waits until it is ready. */
export async function startAllocator(
  endpoint: string,
  more: Partial<NbAllocatorOptions> = {},
): Promise<StartedAllocator> {
  replicas += 1;
  const stop = new AbortController();
  const conflict = Promise.withResolvers<Conflict>();
  const allocator = new NbAllocator({
    nb: { endpoints: [endpoint] },
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics(),
    replica: `r${replicas.toString()}`,
    cluster: "",
    anySwitch: true,
    cooldownMs: 0,
    quietMs: 300,
    pods: undefined,
    onConflict: conflict.resolve,
    ...more,
  });
  allocator.start(stop.signal);
  await allocator.ready(within(20));
  return {
    allocator,
    conflict: conflict.promise,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await allocator.close();
    },
  };
}

/** A time limit for a call. */
export function within(seconds: number) {
  return { deadlineMs: systemClock.monotonicMs() + seconds * 1_000 };
}

export function podAsking(network: string, ip?: string): AllocationRequest {
  const wanted = ip === undefined ? undefined : parseIp(ip);
  const addresses = wanted === undefined ? [] : [{ ip: wanted, prefixLength: undefined }];
  return {
    namespace: "default",
    podName: "web",
    ports: [{ field: "interface[0]", network, interfaceName: "net1", addresses, mac: undefined }],
  };
}
