/** One Go module, with the settings for building its programs. */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** The version at which the modules are published that the module requires at v0.0.0 (staging repositories). */
  readonly stagingVersion?: string;
  /** Modules that are taken in a later version than the module names. */
  readonly newer?: Readonly<Record<string, string>>;
  /** True when it has parts in C. */
  readonly cgo?: true;
  /** String variables for `-X`, by full name. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Tool {
  readonly module: GoModule;
  /** Import path of the program's main package. With a `source` it is one that brings all modules which the source needs. */
  readonly package: string;
  /** A file of ours in `sources`: a program that is made of packages of the module. */
  readonly source?: string;
}

const versionVariable = "k8s.io/component-base/version";

/** The module of a version of Kubernetes, as `v1.34.4`. */
export function kubernetesModule(version: string): GoModule {
  const [major = "", minor = ""] = version.slice(1).split(".");
  return {
    path: "k8s.io/kubernetes",
    version,
    stagingVersion: version.replace(/^v1\./, "v0."),
    variables: {
      [`${versionVariable}.gitVersion`]: version,
      [`${versionVariable}.gitMajor`]: major,
      [`${versionVariable}.gitMinor`]: minor,
    },
  };
}

// The version is 1.34, because from 1.35 on the kubelet refuses cgroup v1.
const kubernetes = kubernetesModule("v1.34.4");
const etcd: GoModule = { path: "go.etcd.io/etcd/server/v3", version: "v3.6.16" };
const multus: GoModule = { path: "gopkg.in/k8snetworkplumbingwg/multus-cni.v4", version: "v4.2.4" };
const cni: GoModule = { path: "github.com/containernetworking/cni", version: "v1.3.0" };
const cniPlugins: GoModule = { path: "github.com/containernetworking/plugins", version: "v1.9.1" };
// This is the last version whose commands are in the root module.
const certManager: GoModule = { path: "github.com/cert-manager/cert-manager", version: "v1.11.5" };
const helm: GoModule = { path: "helm.sh/helm/v3", version: "v3.22.0" };
const flannel: GoModule = {
  path: "github.com/flannel-io/flannel",
  version: "v0.28.4",
  cgo: true,
  // The version that it names cannot be downloaded everywhere.
  newer: { "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common": "v1.3.190" },
};

// This is the latest version.
const cyclonus: GoModule = { path: "github.com/mattfenwick/cyclonus", version: "v0.5.6" };
const kwok: GoModule = { path: "sigs.k8s.io/kwok", version: "v0.8.0" };
const coredns: GoModule = { path: "github.com/coredns/coredns", version: "v1.12.4" };

function command(module: GoModule, folder: string): Tool {
  return { module, package: `${module.path}/${folder}` };
}

/** The real programs that the tests run against, by the name of their executable. */
export const tools = {
  etcd: { module: etcd, package: etcd.path },
  "kube-apiserver": command(kubernetes, "cmd/kube-apiserver"),
  "kube-controller-manager": command(kubernetes, "cmd/kube-controller-manager"),
  "kube-scheduler": command(kubernetes, "cmd/kube-scheduler"),
  kubectl: command(kubernetes, "cmd/kubectl"),
  kubelet: command(kubernetes, "cmd/kubelet"),
  "kube-proxy": command(kubernetes, "cmd/kube-proxy"),
  multus: command(multus, "cmd/multus"),
  "multus-daemon": command(multus, "cmd/multus-daemon"),
  "multus-shim": command(multus, "cmd/multus-shim"),
  cnitool: command(cni, "cnitool"),
  bridge: command(cniPlugins, "plugins/main/bridge"),
  loopback: command(cniPlugins, "plugins/main/loopback"),
  macvlan: command(cniPlugins, "plugins/main/macvlan"),
  ptp: command(cniPlugins, "plugins/main/ptp"),
  "host-local": command(cniPlugins, "plugins/ipam/host-local"),
  static: command(cniPlugins, "plugins/ipam/static"),
  // The whole program has plugins for each cloud. This one has those that a cluster needs.
  "cluster-dns": { module: coredns, package: coredns.path, source: "cluster-dns.go" },
  helm: command(helm, "cmd/helm"),
  flanneld: { module: flannel, package: flannel.path },
  "cert-manager-controller": command(certManager, "cmd/controller"),
  "cert-manager-cainjector": command(certManager, "cmd/cainjector"),
  // It plays the kubelets of a thousand nodes.
  kwok: command(kwok, "cmd/kwok"),
  "cyclonus-cases": { ...command(cyclonus, "cmd/cyclonus"), source: "cyclonus-cases.go" },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;
