// Reads from the stored pods which addresses NB must hold, for the time after a restore.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { mayRun } from "#src/api/pod/pod-lifecycle.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { parseResult, resultAddresses } from "#src/api/result.ts";
import { fromUnknown, isRefusal } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { parseIp } from "#src/net/ip.ts";
import type { RecoveredPod, RecoveredPort } from "#src/ipam/index/recovered-addresses.ts";
import type { PodSource } from "#src/ipam/fence/restore-guard.ts";
import { claimKey } from "#src/ovn/claims/port-claim.ts";
import { verifyPodToken } from "#src/tokens/pod-token.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { PodApi } from "#src/kube/pods.ts";

/** Reads IPAMClaims: they hold addresses as pods do. */
export interface ClaimReads {
  readonly withAddresses: (signal: AbortSignal) => Promise<readonly RecoveredPod[]>;
  readonly stillHas: (claim: RecoveredPod, signal: AbortSignal) => Promise<boolean>;
}

export interface StoredPodsOptions {
  /** Undefined where nobody reads IPAMClaims. */
  readonly claims?: ClaimReads | undefined;
  /** UID of kube-system; "" when it is absent. */
  readonly cluster?: string | undefined;
  readonly pods: Pick<PodApi, "listByLabel" | "get">;
  readonly keys: TokenKeys;
  readonly logger: Logger;
}

const { allocation, result } = annotationKeys;

export function createPodSource({ pods, claims, cluster = "", keys, logger }: StoredPodsOptions): PodSource {
  return {
    async labelledPods(lacks, signal) {
      // Nearly all pods have their rows, so that only few need be kept, and have their tokens verified.
      const lacking = (raw: KubeObject): PodMetadata | undefined => {
        const pod = readPod(raw);
        return mayRun(pod) && saysThatItLacks(pod, cluster, lacks) ? pod : undefined;
      };
      const found = await pods.listByLabel({ labelSelector: allocation.key }, lacking, { signal });
      const recovered = await Promise.all(
        found.flatMap((pod) => (pod === undefined ? [] : recoveredPod(pod, cluster, keys, logger))),
      );
      return [...recovered.filter((pod) => pod !== undefined), ...((await claims?.withAddresses(signal)) ?? [])];
    },
    async mayRun(recovered, signal) {
      if (recovered.keptFor !== undefined) return claims?.stillHas(recovered, signal) ?? true;
      const { namespace, pod: name, podUid: uid } = recovered;
      const pod = await pods.get({ namespace, name, uid }, { signal });
      return pod !== undefined && mayRun(readPod(pod));
    },
  };
}

/** True also for a pod whose result cannot be read: its token says what that means. */
function saysThatItLacks(pod: PodMetadata, cluster: string, lacks: (pod: RecoveredPod) => boolean): boolean {
  const { labels, annotations } = pod.metadata;
  try {
    return lacks(heldBy(pod, labels[allocation.key] ?? "", annotations[result.key] ?? "", cluster));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return true;
  }
}

/** Anybody can write a label, so a pod holds addresses only when its token was made for it and its result. */
async function recoveredPod(
  pod: PodMetadata,
  cluster: string,
  keys: TokenKeys,
  logger: Logger,
): Promise<RecoveredPod | undefined> {
  try {
    const signed = await verifyPodToken(pod, keys);
    return heldBy(pod, signed.allocation, signed.result, cluster);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { namespace, name } = pod.metadata;
    logger.warn({ namespace, pod: name, err: fromUnknown(error) }, "labelled pod is taken to hold no addresses");
    return undefined;
  }
}

/** Gives what a pod with this result holds. Throws what `parseResult` throws. */
function heldBy({ metadata }: PodMetadata, allocation: string, result: string, cluster: string): RecoveredPod {
  const { namespace = "", name = "", uid = "" } = metadata;
  // A port that leaves is not made again: without its row nobody can send from its addresses.
  const entries = parseResult(result).filter(({ leaving }) => leaving !== true);
  const ports = entries.flatMap((entry): readonly RecoveredPort[] => {
    const held = resultAddresses(entry);
    return held === undefined ? [] : [{ network: entry.network, ...held }];
  });
  const floating = entries.flatMap(({ external_ip = "" }) => parseIp(external_ip) ?? []);
  const claims = entries.flatMap(({ claim }) =>
    claim === undefined ? [] : claimKey({ cluster, namespace, name: claim }),
  );
  const base = { allocation, namespace, pod: name, podUid: uid, ports, floating };
  return claims.length === 0 ? base : { ...base, claims };
}
