// The formats that the product reads from Kubernetes objects and writes into them: keys, requests, results, selections.

interface KeyEntry {
  readonly key: string;
  readonly kind: "annotation" | "label" | "finalizer" | "namespace label" | "readiness gate";
  /** The project whose format it is: ours, Nodus (2019 on), OVN4NFVK8s, the plugin before it (2018-2019), or Multus. */
  readonly origin: "ovn4nfv" | "Nodus" | "OVN4NFVK8s" | "Multus";
  readonly writer:
    | "user"
    | "webhook"
    | "user and webhook"
    | "webhook and controller"
    | "user and controller"
    | "Multus"
    | "nobody";
  readonly meaning: string;
}

/** An example value. It is empty for a finalizer and a readiness gate, which have no value. */
interface Exemplified {
  readonly example: string;
}

/** The only value that has an effect. */
interface FixedValue {
  readonly value: string;
}

type AnnotationKeyEntry = KeyEntry & (Exemplified | FixedValue);

interface NodeKeyEntry extends Pick<KeyEntry, "key" | "kind" | "meaning">, Exemplified {
  readonly origin: "ovn4nfv" | "ovn-kubernetes" | "Kube-OVN";
  readonly writer: "user" | "controller" | "ovn-kubernetes" | "Kube-OVN";
}

/**
 * Every annotation, label and finalizer key that we know on pods, and the label of namespaces with such pods;
 * docs/reference/annotations.md is generated from it.
 */
export const annotationKeys = {
  request: {
    key: "k8s.plugin.opnfv.org/nfn-network",
    kind: "annotation",
    origin: "Nodus",
    writer: "user",
    meaning: "The request: the networks that the pod joins, and its wishes for each interface.",
    example: '{"type":"ovn4nfv","interface":[{"name":"blue","interface":"net1","ipAddress":"10.1.0.7"}]}',
  },
  earlyRequest: {
    key: "ovnNetwork",
    kind: "annotation",
    origin: "OVN4NFVK8s",
    writer: "user",
    meaning: "The request in its early form: the list of interfaces without the frame around it.",
    example: '[{"name":"blue","interface":"net0","defaultGateway":"true"}]',
  },
  earlyRoutes: {
    key: "ovnNetworkRoutes",
    kind: "annotation",
    origin: "OVN4NFVK8s",
    writer: "user",
    meaning: "Routes for the interfaces that `dev` names. It works with both forms of the request.",
    example: '[{"dst":"172.16.29.0/24","gw":"172.16.24.1","dev":"net0"}]',
  },
  bandwidth: {
    key: "k8s.plugin.opnfv.org/bandwidth",
    kind: "annotation",
    origin: "ovn4nfv",
    writer: "user",
    meaning:
      "Other limits of bandwidth for interfaces of a pod that runs, by name: `ingress`, `egress` and `burst` as in the request. Only " +
      "a direction that the request limits can be changed. Without the annotation the limits of the request hold again.",
    example: '{"net1":{"ingress":"50M","egress":"20M"}}',
  },
  result: {
    key: "k8s.plugin.opnfv.org/ovnInterfaces",
    kind: "annotation",
    origin: "Nodus",
    writer: "webhook",
    meaning: "The result: one element for each interface, with the addresses that were allocated.",
    example:
      '[{"ip_address":["10.1.0.7/24"],"mac_address":"0a:58:0a:01:00:07","gateway_ip":["10.1.0.1"],' +
      '"defaultGateway":"false","interface":"net1","network":"blue","port":"01JD3Z8K2M7Q4V9W5X6Y7ZABCD-net1","mtu":1400}]',
  },
  covered: {
    key: "k8s.plugin.opnfv.org/covered-networks",
    kind: "annotation",
    origin: "ovn4nfv",
    writer: "webhook",
    meaning:
      "A copy, byte for byte, of `k8s.v1.cni.cncf.io/networks` as the webhook last changed the result for it. It is on pods whose networks were " +
      "changed while they ran, and the guard lets that annotation become nothing else.",
    example: '[{"name":"blue","interface":"net2"}]',
  },
  token: {
    key: "k8s.plugin.opnfv.org/allocation-token",
    kind: "annotation",
    origin: "ovn4nfv",
    writer: "webhook",
    meaning:
      "The signature over allocation, pod and result, which the agent verifies. It is `dry-run` after a dry run, and is removed together with the label.",
    example: "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJpZCI6IjAxSkQifQ.c2lnbmF0dXJl",
  },
  allocation: {
    key: "k8s.plugin.opnfv.org/allocation",
    kind: "label",
    origin: "ovn4nfv",
    writer: "webhook",
    meaning:
      "The id of the allocation (a ULID). It marks pods that hold addresses, and is removed when they are released.",
    example: "01JD3Z8K2M7Q4V9W5X6Y7ZABCD",
  },
  finalizer: {
    key: "k8s.plugin.opnfv.org/addresses",
    kind: "finalizer",
    origin: "ovn4nfv",
    writer: "webhook",
    meaning: "Keeps the pod object until its addresses are released.",
    example: "",
  },
  networksReady: {
    key: "k8s.plugin.opnfv.org/networks-ready",
    kind: "readiness gate",
    origin: "ovn4nfv",
    writer: "webhook and controller",
    meaning:
      "A pod whose request says `networksReady` has this gate, and is Ready only while every interface of it is. The " +
      "condition of this type says which ones are not.",
    example: "",
  },
  multusNetworks: {
    key: "k8s.v1.cni.cncf.io/networks",
    kind: "annotation",
    origin: "Multus",
    writer: "user and webhook",
    meaning:
      "The selection of network attachments. The webhook adds an element for us unless the user selected one of ours. " +
      "In namespaces that opt in, the annotation is a request by itself: each selection of a definition with " +
      "`nfn-network` asks for an interface, and `ips`, `mac`, `interface`, `default-route`, `bandwidth` and `ipam-claim-reference` are its settings, " +
      "and in `cni-args` `dhcp`, `pool`, `sticky`, `whenScaled` and `ordinalAddresses`. " +
      "`portMappings` and `infiniband-guid` are refused, and so is `default-route` in two selections.",
    example: '[{"name":"blue","interface":"net1","ips":["10.1.0.7"],"mac":"0a:58:0a:01:00:07"}]',
  },
  multusNamespace: {
    key: "k8s.plugin.opnfv.org/multus-pods",
    kind: "namespace label",
    origin: "ovn4nfv",
    writer: "user",
    meaning:
      "With the value `enabled`, pods of the namespace may ask for interfaces by Multus selections of our definitions " +
      "alone, without a request. While the webhook is away, such a namespace gets no pod with a Multus annotation.",
    value: "enabled",
  },
  poolOfNamespace: {
    key: "k8s.plugin.opnfv.org/pool",
    kind: "namespace label",
    origin: "ovn4nfv",
    writer: "user",
    meaning:
      "The pool from which pods of the namespace get their addresses on networks that have a pool of this name. On other networks " +
      "it has no effect, and where the request of a pod names a pool, that one counts.",
    example: "front",
  },
  multusStatus: {
    key: "k8s.v1.cni.cncf.io/network-status",
    kind: "annotation",
    origin: "Multus",
    writer: "Multus",
    meaning:
      "The interfaces that Multus attached, as the plugins answered. The controller reads from it whether an interface that leaves is gone.",
    example: '[{"name":"kube-system/ovn4nfv","interface":"net1","ips":["10.1.0.7"],"mac":"0a:58:0a:01:00:07"}]',
  },
  earlyResult: {
    key: "ovnIfaceList",
    kind: "annotation",
    origin: "OVN4NFVK8s",
    writer: "nobody",
    meaning:
      "The result of OVN4NFVK8s. We neither read nor write it; the result is `k8s.plugin.opnfv.org/ovnInterfaces`.",
    example: '[{"ip_address":"172.16.24.2/24","mac_address":"0a:00:00:00:00:0c","interface":"net0"}]',
  },
  nodusChaining: {
    key: "k8s.plugin.opnfv.org/sfc",
    kind: "annotation",
    origin: "Nodus",
    writer: "nobody",
    meaning: "Nodus' progress of network chaining. We neither read nor write it.",
    example: "created",
  },
  nodusPolicyMarker: {
    key: "NodusNetworkPolicyUpdated",
    kind: "annotation",
    origin: "Nodus",
    writer: "nobody",
    meaning: "Nodus' note that its network policies were applied. We neither read nor write it.",
    example: "true",
  },
} as const satisfies Record<string, AnnotationKeyEntry>;

interface ServiceKeyEntry extends Pick<KeyEntry, "key" | "kind" | "meaning" | "origin">, Exemplified {
  readonly writer: "user" | "user and controller";
}

/** The annotations that we know on Services; docs/reference/annotations.md is generated from it. */
export const serviceKeys = {
  serviceNetwork: {
    key: "k8s.v1.cni.cncf.io/service-network",
    kind: "annotation",
    origin: "Multus",
    writer: "user",
    meaning:
      "On a Service with the label `service.kubernetes.io/service-proxy-name: ovn4nfv`: the Network, or the definition of ours, on " +
      "which it is served.",
    example: "blue",
  },
  serviceIps: {
    key: "k8s.plugin.opnfv.org/service-ips",
    kind: "annotation",
    origin: "ovn4nfv",
    writer: "user and controller",
    meaning:
      "On a Service that is served on a network: its addresses there, at most one of each family. The controller writes those that " +
      "it chose; a user may ask for others.",
    example: "10.10.0.200",
  },
  outsideIps: {
    key: "k8s.plugin.opnfv.org/load-balancer-ips",
    kind: "annotation",
    origin: "ovn4nfv",
    writer: "user",
    meaning:
      "On a Service of the class `k8s.plugin.opnfv.org/uplink`: the addresses of the Uplink that it asks for, at most one of each " +
      "family. Without it the controller chooses. Those that it has are in `status.loadBalancer`.",
    example: "198.51.100.20",
  },
} as const satisfies Record<string, ServiceKeyEntry>;

/** The keys that we read on nodes. */
export const nodeKeys = {
  gateway: {
    key: "k8s.plugin.opnfv.org/gateway",
    kind: "label",
    origin: "ovn4nfv",
    writer: "user",
    meaning: "The node may carry the gateway. `--gateway-selector` may name another label.",
    example: "",
  },
  wire: {
    key: "provider.k8s.plugin.opnfv.org/<physical network>",
    kind: "label",
    origin: "ovn4nfv",
    writer: "controller",
    meaning:
      "The node carries the physical network of ProviderNetworks, by the word of its agent. Pods that join one go to nodes with " +
      "its label.",
    example: "ready",
  },
  chassis: {
    key: "k8s.plugin.opnfv.org/chassis",
    kind: "annotation",
    origin: "ovn4nfv",
    writer: "user",
    meaning: "`external_ids:system-id` of the node's Open vSwitch, where the agent of the node does not publish it.",
    example: "4dd1a9f4-2b53-4a0e-9a52-0c5f4f9d9a2e",
  },
  ovnKubernetesChassis: {
    key: "k8s.ovn.org/node-chassis-id",
    kind: "annotation",
    origin: "ovn-kubernetes",
    writer: "ovn-kubernetes",
    meaning: "The same, where ovn-kubernetes runs the chassis.",
    example: "4dd1a9f4-2b53-4a0e-9a52-0c5f4f9d9a2e",
  },
  kubeOvnChassis: {
    key: "ovn.kubernetes.io/chassis",
    kind: "annotation",
    origin: "Kube-OVN",
    writer: "Kube-OVN",
    meaning: "The same, where Kube-OVN runs the chassis.",
    example: "4dd1a9f4-2b53-4a0e-9a52-0c5f4f9d9a2e",
  },
} as const satisfies Record<string, NodeKeyEntry>;
