import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { openKubeAccess } from "#src/kube/client/kube-access.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { ProcessContext } from "./command.ts";
import { explainRight } from "./missing-right.ts";

/** The Kubernetes cluster that a process serves. */
export interface Cluster {
  readonly client: HttpsApiClient;
  /** UID of the namespace kube-system. It names the cluster on rows in NB. */
  readonly uid: string;
}

/** The part of a subcommand's context that says where the cluster is. */
export interface KubeContext extends Pick<ProcessContext, "env" | "clock"> {
  readonly config: { readonly kubeconfig?: string | undefined };
}

/** The value of --kubeconfig for a run without Kubernetes. */
export const noKubernetes = "none";

/** A client of the API server of --kubeconfig. It connects with its first request. Throws `ConfigInvalid`. */
export async function openApiClient(
  context: KubeContext,
  userAgent: string,
  metrics: Metrics,
): Promise<HttpsApiClient> {
  const { config, env, clock } = context;
  if (config.kubeconfig === noKubernetes) {
    throw new AppError("ConfigInvalid", "--kubeconfig none: this subcommand does its work in a cluster");
  }
  return new HttpsApiClient({ config: await openKubeAccess(config.kubeconfig, env), clock, metrics, userAgent });
}

/** Connects to the cluster of --kubeconfig; undefined for `none`. Throws what the API server answers. */
export async function openCluster(
  context: KubeContext,
  userAgent: string,
  metrics: Metrics,
  options: CallOptions,
): Promise<Cluster | undefined> {
  if (context.config.kubeconfig === noKubernetes) return undefined;
  const client = await openApiClient(context, userAgent, metrics);
  try {
    return { client, uid: await readClusterUid(client, options) };
  } catch (caught) {
    client.close();
    throw explainRight("the namespace kube-system, whose UID names the cluster,", caught);
  }
}

/** Reads the UID that names the cluster on rows in NB. Throws what the API server answers. */
export async function readClusterUid(client: HttpsApiClient, options: CallOptions): Promise<string> {
  const { metadata } = await new ResourceApi(client, resources.namespaces).get({ name: "kube-system" }, options);
  return metadata.uid;
}
