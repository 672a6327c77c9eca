import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { Resource } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { type Cluster, type KubeContext, openCluster } from "../../cluster.ts";
import type { ProcessContext } from "../../command.ts";
import { mustBeListed } from "../../missing-right.ts";

/** The objects of a kind that a watch shows. */
export interface FollowedKind<T> {
  readonly resource: Resource;
  readonly project: (raw: KubeObject) => T;
  readonly namespace?: string | undefined;
}

type Context = Pick<ProcessContext, "clock" | "signal"> & { readonly logger: Logger };

/**
 * Reads the objects of a kind and follows their changes, of which `changed` is told, until the signal aborts. Gives the function
 * that reads them. A kind that is not installed has none. Throws what the API server answers.
 */
export async function followObjects<T>(
  { client }: Pick<Cluster, "client">,
  { resource, project, namespace }: FollowedKind<T>,
  { clock, signal, logger }: Context,
  changed: () => void,
  call: CallOptions,
): Promise<() => readonly T[]> {
  try {
    await mustBeListed(client, resource, call);
  } catch (caught) {
    if (isNotFound(caught)) return () => [];
    throw caught;
  }
  const informer = new Informer<T>({
    name: resource.plural,
    client,
    resource,
    namespace,
    firstList: "paged",
    clock,
    logger,
    metrics: createMetrics(),
    project,
    indexers: {},
  });
  void informer.run(signal);
  await informer.whenSynced(call);
  informer.addHandler({ added: changed, updated: changed, deleted: changed });
  return () => [...informer.values()];
}

/** Opens the cluster for as long as `owned` lives. */
export async function keepCluster(
  context: KubeContext,
  userAgent: string,
  owned: AsyncDisposableStack,
  call: CallOptions,
): Promise<Cluster | undefined> {
  const cluster = await openCluster(context, userAgent, createMetrics(), call);
  owned.defer(() => {
    cluster?.client.close();
  });
  return cluster;
}
