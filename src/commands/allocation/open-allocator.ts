// The parts that webhook, late allocation and `admit` have in common: the allocator, stored objects, and decisions.
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { PodApi } from "#src/kube/pods.ts";
import type { RecoveredPod } from "#src/ipam/index/recovered-addresses.ts";
import { claimsWithAddresses, stillHasAddresses } from "#src/pods/stored/stored-claims.ts";
import { createPodSource } from "#src/pods/stored/stored-pods.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import type { Cluster } from "../cluster.ts";
import type { CommandConfig } from "../flags/flags.ts";
import { type NbConfig, nbWriterOptions } from "../nb-options.ts";

/** A command that lacks the flags for the two times runs only briefly, so both times are 0 for it. */
type AllocatorConfig = NbConfig &
  Pick<CommandConfig<"admit">, "anySwitch"> &
  Partial<Pick<CommandConfig<"webhook">, "restMs" | "restoreQuietMs" | "maxClaims">>;

export interface AllocatorParts {
  /** See `NbAllocatorOptions.replica`. */
  readonly replica: string;
  /** The cluster whose stored pods hold addresses, and the keys that verify their tokens; undefined without Kubernetes. */
  readonly stored: { readonly cluster: Cluster; readonly keys: TokenKeys } | undefined;
  /** UID of the cluster whose controller binds or sweeps what is allocated. Without it that is the cluster of `stored`. */
  readonly clusterUid?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

function openPodSource({ cluster: { client, uid }, keys }: NonNullable<AllocatorParts["stored"]>, logger: Logger) {
  const claims = {
    withAddresses: (signal: AbortSignal) => claimsWithAddresses(client, uid, { signal }),
    stillHas: (claim: RecoveredPod, signal: AbortSignal) => stillHasAddresses(client, claim, signal),
  };
  return createPodSource({ pods: new PodApi(client), claims, cluster: uid, keys, logger });
}

/** Makes the allocator that the flags describe; the caller starts it. */
export function openAllocator(config: AllocatorConfig, parts: AllocatorParts): NbAllocator {
  const { replica, stored, clusterUid, clock, logger, metrics } = parts;
  return new NbAllocator({
    nb: nbWriterOptions(config),
    clock,
    logger,
    metrics,
    replica,
    cluster: clusterUid ?? stored?.cluster.uid ?? "",
    anySwitch: config.anySwitch,
    maxClaims: config.maxClaims ?? 0,
    cooldownMs: config.restMs ?? 0,
    quietMs: config.restoreQuietMs ?? 0,
    pods: stored && openPodSource(stored, logger),
  });
}
