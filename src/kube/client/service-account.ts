// Where the API server is for a process in a pod, and who it is there. client-node can say both, too, but it takes 20 MiB more
// of memory, on each node of a cluster: docs/adr/0023-a-pod-reads-its-service-account-itself.md.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import type { KubeConfigAccess } from "./credentials.ts";

const folder = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface PodEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home folder, whose kubeconfig counts for more than the account. */
  readonly home?: string;
  /** The folder into which the kubelet puts the account. */
  readonly folder?: string;
}

/**
 * The account of the pod in which this process runs. Undefined where a kubeconfig counts for more, and where there is no account:
 * outside of pods, and in a pod with `automountServiceAccountToken: false`. The kubelet renews the token in its file, so the file
 * is read each time.
 */
export function serviceAccount(pod: PodEnvironment): KubeConfigAccess | undefined {
  const { env, home = homedir(), folder: mounted = folder } = pod;
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const hasKubeconfig = (KUBECONFIG ?? "") !== "" || existsSync(join(home, ".kube/config"));
  const token = join(mounted, "token");
  if (hasKubeconfig || host === undefined || port === undefined || !existsSync(token)) return undefined;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    getCurrentCluster: () => ({ server }),
    async applyToHTTPSOptions(options) {
      const [ca, bearer] = await Promise.all([readFile(join(mounted, "ca.crt")), readFile(token, "utf8")]);
      options.ca = ca;
      options.headers = Object.assign(options.headers ?? {}, { Authorization: `Bearer ${bearer.trim()}` });
    },
  };
}
