import { pauseImage } from "./lab-images.ts";
import { labPlan, type NodePlan } from "../machine/lab-plan.ts";

/** The files of a node's programs. They are at the usual paths, because a node has its own /etc and /run. */
export const nodePaths = {
  containerdConfig: "/etc/containerd/config.toml",
  containerdSocket: "/run/containerd/containerd.sock",
  kubeletConfig: "/etc/kubernetes/kubelet.json",
  kubeletKubeconfig: "/etc/kubernetes/kubelet.kubeconfig",
  proxyConfig: "/etc/kubernetes/kube-proxy.json",
  proxyKubeconfig: "/etc/kubernetes/kube-proxy.kubeconfig",
  authority: "/etc/kubernetes/ca.crt",
  certificate: "/etc/kubernetes/kubelet.crt",
  key: "/etc/kubernetes/kubelet.key",
  cniConfigFolder: "/etc/cni/net.d",
  cniPluginFolder: "/opt/cni/bin",
} as const;

export function containerdConfig(): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
[${cri}]
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  restrict_oom_score_adj = true
`;
}

/** A KubeletConfiguration (v1beta1). `cgroupRoot` must belong to the node alone. */
export function kubeletConfig(cgroupRoot: string, hasDns = false): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: nodePaths.authority },
    },
    authorization: { mode: "AlwaysAllow" },
    cgroupDriver: "cgroupfs",
    cgroupRoot,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    failCgroupV1: false,
    localStorageCapacityIsolation: false,
    containerRuntimeEndpoint: `unix://${nodePaths.containerdSocket}`,
    resolvConf: "",
    clusterDomain: "cluster.local",
    ...(hasDns ? { clusterDNS: [labPlan.centerAddress] } : {}),
    tlsCertFile: nodePaths.certificate,
    tlsPrivateKeyFile: nodePaths.key,
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      "memory.available": "50Mi",
      "nodefs.available": "0%",
      "imagefs.available": "0%",
      "nodefs.inodesFree": "0%",
    },
    makeIPTablesUtilChains: false,
  };
}

/** A KubeProxyConfiguration (v1alpha1). Its zeroes leave the kernel's conntrack settings as they are. */
export function proxyConfig({ name }: NodePlan): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: nodePaths.proxyKubeconfig },
    mode: "nftables",
    clusterCIDR: labPlan.podRange,
    hostnameOverride: name,
    conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: "0s", tcpEstablishedTimeout: "0s" },
  };
}

/** The CNI configuration of the pods' first interface. */
export function bridgeConfig({ podRange }: NodePlan): object {
  return bridgeNetwork({ subnet: podRange, destinations: [] });
}

interface BridgeNetwork {
  readonly subnet: string;
  /** The destinations that go through the bridge, apart from the default route. */
  readonly destinations: readonly string[];
  readonly mtu?: number;
}

/** A bridge network. Every network of its name shares the addresses that were given to pods before. */
export function bridgeNetwork({ subnet, destinations, mtu }: BridgeNetwork): object {
  return {
    cniVersion: "1.0.0",
    name: "lab",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        mtu,
        ipam: {
          type: "host-local",
          ranges: [[{ subnet }]],
          routes: ["0.0.0.0/0", ...destinations].map((dst) => ({ dst })),
        },
      },
    ],
  };
}

/** The Node object. It is made before the kubelet registers, so that it has the pod range that its bridge uses. */
export function nodeObject({ name, podRange }: NodePlan): object {
  const labels = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { podCIDR: podRange, podCIDRs: [podRange] },
  };
}
