import type { KubeConfigAccess } from "./credentials.ts";
import { serviceAccount } from "./service-account.ts";

/**
 * Finds the API server and our credentials: those of the kubeconfig at `path`. Without a path it is $KUBECONFIG, else ~/.kube/config,
 * else the pod's service account. Throws `ConfigInvalid`.
 */
export async function openKubeAccess(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<KubeConfigAccess> {
  const account = path === undefined ? serviceAccount({ env }) : undefined;
  // Whoever needs no kubeconfig does not load what reads one.
  return account ?? (await import("./kube-config.ts")).loadKubeConfig({ path });
}
