import type { FlagTable } from "#src/core/config.ts";

/** The flags by which subcommands find the cluster and the installation in it. */
export const clusterFlags = {
  kubeconfig: {
    flag: "kubeconfig",
    type: "string",
    placeholder: "file",
    group: "Kubernetes",
    commands: [
      "webhook",
      "controller",
      "cainjector",
      "agent",
      "admit",
      "networks",
      "pods",
      "chains",
      "policies",
      "nodes",
      "uplinks",
      "trace",
      "check",
      "keys",
      "doctor",
      "uninstall",
      "support-bundle",
    ],
    help: "Kubeconfig file. Without this flag it is KUBECONFIG, ~/.kube/config or the pod's service account. `none` is for use without Kubernetes; then no address is recovered after a restore of NB.",
  },
  systemNamespace: {
    flag: "system-namespace",
    type: "string",
    placeholder: "namespace",
    group: "Kubernetes",
    commands: [
      "webhook",
      "controller",
      "cainjector",
      "agent",
      "check",
      "keys",
      "doctor",
      "uninstall",
      "support-bundle",
    ],
    help: "Namespace of this installation, where its Secrets and ConfigMaps are. Without this flag it is POD_NAMESPACE, the pod's own namespace, or ovn4nfv-system.",
  },
} as const satisfies FlagTable;
