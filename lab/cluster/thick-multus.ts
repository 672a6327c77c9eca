import { join } from "node:path";
import { withSources } from "#tools/source-condition.mjs";
import { root } from "#tools/source-files.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";
import { printKubeconfig } from "../kubernetes/kubeconfig.ts";
import { labPlan } from "../machine/lab-plan.ts";
import type { Lab, LabAddOn } from "./lab.ts";
import type { LabNode } from "./lab-node.ts";
import { nodePaths } from "./node-config.ts";

const serviceAccount = { namespace: "kube-system", name: "multus" } as const;
/** The daemon finds it as /var/run. */
const secrets = "/run/secrets/kubernetes.io/serviceaccount";
const configPath = "/etc/cni/net.d/multus.d/daemon-config.json";
const socketDir = "/run/multus/";
/** The socket of the daemon, as it is seen on the node. */
export const multusSocket = join(socketDir, "multus.sock");
const dynamicNetworks = "dynamic-networks-controller";
const dynamicKubeconfig = `/etc/kubernetes/${dynamicNetworks}.kubeconfig`;

/**
 * Multus in its thick form on one node, in place of the thin one: a daemon, a shim that the runtime calls, and beside them the
 * stand-in for multus-dynamic-networks-controller. Pods of that node can get and lose interfaces while they run. It comes after
 * `multusAddOn`, which brings the kinds and the rights.
 */
export function thickMultusAddOn(nodeName: string): LabAddOn {
  return {
    title: `Multus on ${nodeName} in its thick form`,
    async install(lab) {
      const node = lab.nodes.find(({ plan }) => plan.name === nodeName);
      if (node === undefined) throw new Error(`the lab has no node ${nodeName}`);
      await lab.controlPlane.kubectl.established("network-attachment-definitions.k8s.cni.cncf.io");
      await installDaemon(lab, node);
      await installController(lab, node);
    },
  };
}

/** The configuration is that of the project's own manifest for the thick form, but for the container around it. */
const daemonConfig = {
  chrootDir: "/",
  cniVersion: "1.0.0",
  logLevel: "verbose",
  logToStderr: true,
  cniConfigDir: nodePaths.cniConfigFolder,
  multusAutoconfigDir: nodePaths.cniConfigFolder,
  multusConfigFile: "auto",
  socketDir,
};

async function installDaemon({ controlPlane }: Lab, node: LabNode): Promise<void> {
  const tools = await ensureTools(["multus-daemon", "multus-shim"]);
  const { namespace, name } = serviceAccount;
  await controlPlane.kubectl.apply([
    { apiVersion: "v1", kind: "ServiceAccount", metadata: serviceAccount },
    binding("multus-thick", "multus", { kind: "ServiceAccount", ...serviceAccount }),
  ]);
  // It lives as long as the certificates of a lab.
  const token = await controlPlane.kubectl.must([
    "create",
    "token",
    name,
    `--namespace=${namespace}`,
    "--duration=720h",
  ]);
  node.installPlugin(tools["multus-shim"]);
  node.write(configPath, JSON.stringify(daemonConfig));
  await node.keep({
    name: "multus-daemon",
    command: tools["multus-daemon"],
    args: [`-config=${configPath}`],
    env: {
      ...process.env,
      KUBERNETES_SERVICE_HOST: labPlan.centerAddress,
      KUBERNETES_SERVICE_PORT: labPlan.apiPort.toString(),
      MULTUS_NODE_NAME: node.plan.name,
    },
    files: new Map([
      [join(secrets, "token"), token.trim()],
      [join(secrets, "ca.crt"), controlPlane.authority.certificate],
    ]),
    ready: untilLine(/API readiness check done/),
  });
}

async function installController({ controlPlane }: Lab, node: LabNode): Promise<void> {
  const { authority, kubectl, server } = controlPlane;
  const user = await authority.issue({ commonName: dynamicNetworks });
  await kubectl.apply([
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: dynamicNetworks },
      rules: [
        {
          apiGroups: ["k8s.cni.cncf.io"],
          resources: ["network-attachment-definitions"],
          verbs: ["get", "list", "watch"],
        },
        { apiGroups: [""], resources: ["pods", "pods/status"], verbs: ["get", "list", "watch", "update"] },
        { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch", "update"] },
      ],
    },
    binding(dynamicNetworks, dynamicNetworks, {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "User",
      name: dynamicNetworks,
    }),
  ]);
  node.write(dynamicKubeconfig, printKubeconfig(server, authority.certificate, user));
  await node.keep({
    name: dynamicNetworks,
    command: process.execPath,
    args: [
      join(root, "lab/dynamic-networks/main.ts"),
      node.plan.name,
      dynamicKubeconfig,
      multusSocket,
      nodePaths.containerdSocket,
    ],
    env: withSources(),
    ready: untilLine(/dynamic networks controller started/),
  });
}

function binding(name: string, role: string, subject: object): object {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [subject],
  };
}
