import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { explainRight } from "./missing-right.ts";

/** The Kubernetes cluster that a process serves. */
export interface Cluster {
  readonly client: HttpsApiClient;
  /** UID of the namespace kube-system. It names the cluster on rows in NB. */
  readonly uid: string;
}

/** The value of --kubeconfig for a run without Kubernetes. */
const noKubernetes = "none";

/** A client of the API server of --kubeconfig. It connects with its first request. Throws `ConfigInvalid`. */
export function openApiClient(
  kubeconfig: string | undefined,
  userAgent: string,
  clock: Clock,
  metrics: Metrics,
): HttpsApiClient {
  if (kubeconfig === noKubernetes) {
    throw new AppError("ConfigInvalid", "--kubeconfig none: this subcommand does its work in a cluster");
  }
  return new HttpsApiClient({ config: loadKubeConfig({ path: kubeconfig }), clock, metrics, userAgent });
}

/** Connects to the cluster of --kubeconfig; undefined for `none`. Throws what the API server answers. */
export async function openCluster(
  kubeconfig: string | undefined,
  userAgent: string,
  clock: Clock,
  metrics: Metrics,
  options: CallOptions,
): Promise<Cluster | undefined> {
  if (kubeconfig === noKubernetes) return undefined;
  const client = openApiClient(kubeconfig, userAgent, clock, metrics);
  try {
    const { metadata } = await new ResourceApi(client, resources.namespaces).get({ name: "kube-system" }, options);
    return { client, uid: metadata.uid };
  } catch (caught) {
    client.close();
    throw explainRight("the namespace kube-system, whose UID names the cluster,", caught);
  }
}
