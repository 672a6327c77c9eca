import { join } from "node:path";
import { printKubeconfig } from "../kubernetes/kubeconfig.ts";
import type { LabAddOn } from "./lab.ts";
import { bridgeConfig, nodePaths } from "./node-config.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";

const kubeconfigPath = "/etc/cni/multus.kubeconfig";

/** Multus in its thin form: one executable, which the runtime calls, and which calls the bridge plugin first. */
export const multusAddOn: LabAddOn = {
  title: "Multus",
  async install({ controlPlane, nodes }) {
    const { multus } = await ensureTools(["multus"]);
    await controlPlane.kubectl.apply([networkAttachmentDefinitionCrd, ...multusRole]);
    const user = await controlPlane.authority.issue({ commonName: "multus" });
    const kubeconfig = printKubeconfig(controlPlane.server, controlPlane.authority.certificate, user);
    for (const node of nodes) {
      node.installPlugin(multus);
      node.write(kubeconfigPath, kubeconfig);
      // The runtime takes the first file of the folder in the order of names.
      node.write(
        join(nodePaths.cniConfigFolder, "00-multus.conf"),
        JSON.stringify(multusConfig(bridgeConfig(node.plan))),
      );
    }
  },
};

/** The runtime's configuration: Multus, which calls `delegate` for the first interface. */
export function multusConfig(delegate: object): object {
  return {
    cniVersion: "1.0.0",
    name: "multus",
    type: "multus",
    kubeconfig: kubeconfigPath,
    delegates: [delegate],
  };
}

/** The definition as Multus installs it, without the descriptions. */
export const networkAttachmentDefinitionCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "network-attachment-definitions.k8s.cni.cncf.io" },
  spec: {
    group: "k8s.cni.cncf.io",
    scope: "Namespaced",
    names: {
      plural: "network-attachment-definitions",
      singular: "network-attachment-definition",
      kind: "NetworkAttachmentDefinition",
      shortNames: ["net-attach-def"],
    },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { config: { type: "string" } } } },
          },
        },
      },
    ],
  },
};

const clusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "multus" },
  rules: [
    { apiGroups: ["k8s.cni.cncf.io"], resources: ["*"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["pods/status"], verbs: ["get", "update", "patch"] },
    { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch", "update"] },
  ],
};

const clusterRoleBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "multus" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "multus" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "multus" }],
};

/** The rights of Multus, for a user of that name. */
export const multusRole: readonly object[] = [clusterRole, clusterRoleBinding];
