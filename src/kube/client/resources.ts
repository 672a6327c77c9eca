// The kinds of objects that the product reads or writes, and their places in the API of Kubernetes.

/** The place of a kind of object in the API. */
export interface Resource {
  /** It is empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** All kinds that the product reads or writes. The RBAC rules are written from this table. */
export const resources = {
  pods: { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true },
  nodes: { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false },
  namespaces: { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false },
  events: { group: "", version: "v1", plural: "events", kind: "Event", namespaced: true },
  secrets: { group: "", version: "v1", plural: "secrets", kind: "Secret", namespaced: true },
  configMaps: { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true },
  services: { group: "", version: "v1", plural: "services", kind: "Service", namespaced: true },
  deployments: { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", namespaced: true },
  replicaSets: { group: "apps", version: "v1", plural: "replicasets", kind: "ReplicaSet", namespaced: true },
  daemonSets: { group: "apps", version: "v1", plural: "daemonsets", kind: "DaemonSet", namespaced: true },
  statefulSets: { group: "apps", version: "v1", plural: "statefulsets", kind: "StatefulSet", namespaced: true },
  cronJobs: { group: "batch", version: "v1", plural: "cronjobs", kind: "CronJob", namespaced: true },
  leases: { group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease", namespaced: true },
  certificateSigningRequests: {
    group: "certificates.k8s.io",
    version: "v1",
    plural: "certificatesigningrequests",
    kind: "CertificateSigningRequest",
    namespaced: false,
  },
  tokenReviews: {
    group: "authentication.k8s.io",
    version: "v1",
    plural: "tokenreviews",
    kind: "TokenReview",
    namespaced: false,
  },
  subjectAccessReviews: {
    group: "authorization.k8s.io",
    version: "v1",
    plural: "subjectaccessreviews",
    kind: "SubjectAccessReview",
    namespaced: false,
  },
  serviceCidrs: {
    group: "networking.k8s.io",
    version: "v1",
    plural: "servicecidrs",
    kind: "ServiceCIDR",
    namespaced: false,
  },
  networks: {
    group: "k8s.plugin.opnfv.org",
    version: "v1alpha1",
    plural: "networks",
    kind: "Network",
    namespaced: true,
  },
  providerNetworks: {
    group: "k8s.plugin.opnfv.org",
    version: "v1alpha1",
    plural: "providernetworks",
    kind: "ProviderNetwork",
    namespaced: true,
  },
  networkChainings: {
    group: "k8s.plugin.opnfv.org",
    version: "v1alpha1",
    plural: "networkchainings",
    kind: "NetworkChaining",
    namespaced: true,
  },
  taps: {
    group: "k8s.plugin.opnfv.org",
    version: "v1alpha1",
    plural: "taps",
    kind: "Tap",
    namespaced: true,
  },
  ovnNodes: {
    group: "k8s.plugin.opnfv.org",
    version: "v1alpha1",
    plural: "ovnnodes",
    kind: "OvnNode",
    namespaced: false,
  },
  uplinks: {
    group: "k8s.plugin.opnfv.org",
    version: "v1alpha1",
    plural: "uplinks",
    kind: "Uplink",
    namespaced: false,
  },
  floatingIps: {
    group: "k8s.plugin.opnfv.org",
    version: "v1alpha1",
    plural: "floatingips",
    kind: "FloatingIP",
    namespaced: true,
  },
  networkAttachmentDefinitions: {
    group: "k8s.cni.cncf.io",
    version: "v1",
    plural: "network-attachment-definitions",
    kind: "NetworkAttachmentDefinition",
    namespaced: true,
  },
  multiNetworkPolicies: {
    group: "k8s.cni.cncf.io",
    version: "v1beta2",
    plural: "multi-networkpolicies",
    kind: "MultiNetworkPolicy",
    namespaced: true,
  },
  ipamClaims: {
    group: "k8s.cni.cncf.io",
    version: "v1alpha1",
    plural: "ipamclaims",
    kind: "IPAMClaim",
    namespaced: true,
  },
  customResourceDefinitions: {
    group: "apiextensions.k8s.io",
    version: "v1",
    plural: "customresourcedefinitions",
    kind: "CustomResourceDefinition",
    namespaced: false,
  },
  mutatingWebhookConfigurations: {
    group: "admissionregistration.k8s.io",
    version: "v1",
    plural: "mutatingwebhookconfigurations",
    kind: "MutatingWebhookConfiguration",
    namespaced: false,
  },
  validatingWebhookConfigurations: {
    group: "admissionregistration.k8s.io",
    version: "v1",
    plural: "validatingwebhookconfigurations",
    kind: "ValidatingWebhookConfiguration",
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;

/** One object, or a collection when `name` is absent. Without a namespace it is all namespaces. */
export interface ResourceTarget {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The `apiVersion` of objects of a kind, such as `v1` or `coordination.k8s.io/v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** The URL path of a target. Every part is escaped, so that a name can never change another part of the path. */
export function resourcePath(resource: Resource, target: ResourceTarget = {}): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const parts = [
    ...(resource.namespaced && target.namespace !== undefined ? ["namespaces", target.namespace] : []),
    resource.plural,
    ...(target.name === undefined ? [] : [target.name]),
    ...(target.subresource === undefined ? [] : [target.subresource]),
  ];
  return `${root}/${parts.map(escapeSegment).join("/")}`;
}

function escapeSegment(part: string): string {
  // A URL parser resolves dot segments, also escaped ones. So they must not reach it.
  return part === "." || part === ".." || part === "" ? "%00" : encodeURIComponent(part);
}
