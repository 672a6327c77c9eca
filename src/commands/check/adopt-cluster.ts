import { commit } from "ovsdb-client";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { type AdoptionGroup, type AdoptablePod, planAdoption } from "#src/controllers/adoption/adoption-plan.ts";
import { readOldRows } from "#src/controllers/adoption/old-rows.ts";
import { judgePodToken } from "#src/tokens/pod-token.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import { PodApi } from "#src/kube/pods.ts";
import { topologyScope } from "#src/ovn/rows/topology.ts";
import { backgroundLogger } from "../background-logger.ts";
import type { Cluster } from "../cluster.ts";
import type { CommandContext } from "../command.ts";
import { nbWriterOptions } from "../nb-options.ts";
import { listNetworks } from "../inspect/network-objects.ts";

const label = annotationKeys.allocation.key;

/**
 * Finds the rows of the cluster `old`. With --repair, those that can be adopted become rows of this cluster. Returns
 * the groups that are left, or would be. Each group is one transaction: when the process dies, the next run finds the
 * others.
 */
export async function adoptCluster(
  { config, clock, logger }: CommandContext<"check">,
  { cluster, keys, old }: { readonly cluster: Cluster; readonly keys: TokenKeys; readonly old: string },
  call: Required<CallOptions>,
): Promise<readonly AdoptionGroup[]> {
  if (old === cluster.uid) throw new AppError("ConfigInvalid", "--adopt-cluster: this is the UID of this cluster");
  const nb = new NbFeed({ ...nbWriterOptions(config), clock, logger: backgroundLogger(logger) });
  nb.start(call.signal);
  try {
    const session = await nb.waitForSession(call);
    const holders = await findHolders(new PodApi(cluster.client), keys, call);
    const networks = await listNetworks(cluster, call);
    const rows = readOldRows(nb, old);
    const groups = planAdoption({ rows, holders, networks, cluster: cluster.uid, topologyScope });
    if (!config.repair) return groups;
    const left: AdoptionGroup[] = [];
    for (const group of groups) {
      const { operations } = group;
      const results = operations.length === 0 ? [] : await session.transact([...operations, commit({ durable: true })]);
      // A group that somebody changed meanwhile is left to the next run.
      const isDone = operations.length > 0 && operations.every((_, index) => results[index]?.count === 1);
      if (!isDone) left.push(group);
    }
    return left;
  } finally {
    await nb.close();
  }
}

async function findHolders(pods: PodApi, keys: TokenKeys, call: CallOptions): Promise<readonly AdoptablePod[]> {
  const labelled = await pods.listByLabel({ labelSelector: label }, readPod, call);
  return Promise.all(
    labelled.map(async (pod) => {
      return { pod, allocation: pod.metadata.labels[label] ?? "", token: await judgePodToken(pod, keys) };
    }),
  );
}
