// The objects of the bench: nodes with what their agents would publish, networks, and pods on them.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { benchPod } from "../load/bench-pod.ts";
import { cannedToken } from "../baseline/canned-patch.ts";
import type { BareRequest } from "../release/bare-requests.ts";
import type { ScaleSize } from "./scale-size.ts";

const ours = "/apis/k8s.plugin.opnfv.org/v1alpha1";

/** The namespaces of pods that stay, and of those that go: the API server counts the pods of a namespace cheaply. */
export const namespaces = { staying: "scale", going: "scale-churn", warm: "scale-warm" } as const;
export type PodNamespace = (typeof namespaces)[keyof typeof namespaces];

const networkName = (n: number): string => `net${n}`;
const nodeName = (n: number): string => `node${n}`;
export const chassisName = (n: number): string => `chassis-${n}`;

function post(path: string, body: object): BareRequest {
  return { method: "POST", path, type: "application/json", body: JSON.stringify(body) };
}

export function nodeRequests({ nodes }: ScaleSize): readonly BareRequest[] {
  return numbers(nodes).map((n) =>
    post("/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: nodeName(n) } }),
  );
}

/** The OvnNodes, and after them their status, as the agent of each node writes it. */
export function ovnNodeRequests({ nodes }: ScaleSize): readonly (readonly BareRequest[])[] {
  const kind = { apiVersion: "k8s.plugin.opnfv.org/v1alpha1", kind: "OvnNode" };
  const made = numbers(nodes).map((n) => post(`${ours}/ovnnodes`, { ...kind, metadata: { name: nodeName(n) } }));
  const told = numbers(nodes).map((n): BareRequest => {
    const body = JSON.stringify({ status: { systemId: chassisName(n) } });
    const path = `${ours}/ovnnodes/${nodeName(n)}/status`;
    return { method: "PATCH", path, type: "application/merge-patch+json", body };
  });
  return [made, told];
}

/** Networks with a /20 each, side by side in 10.0.0.0/8. */
export function networkRequests({ networks }: ScaleSize): readonly BareRequest[] {
  return numbers(networks).map((n) =>
    post(`${ours}/namespaces/default/networks`, {
      apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
      kind: "Network",
      metadata: { name: networkName(n), namespace: "default" },
      spec: { ipv4Subnets: [{ subnet: `10.${n >> 4}.${(n & 15) << 4}.0/20` }] },
    }),
  );
}

interface PodChoice {
  readonly namespace: PodNamespace;
  readonly prefix: string;
  readonly first: number;
  readonly count: number;
  /** `plain` pods have no interfaces, and the size of those that have. */
  readonly kind: "ours" | "plain";
}

export function podRequests({ networks, nodes }: ScaleSize, choice: PodChoice): readonly BareRequest[] {
  const { namespace, prefix, first, count, kind } = choice;
  return numbers(count).map((offset) => {
    const n = first + offset;
    const made = benchPod([networkName(n % networks), networkName((n + 1) % networks)]);
    const annotations = { ...made.metadata.annotations, ...(kind === "plain" ? sameSize : {}) };
    const metadata = { ...made.metadata, annotations, namespace, name: `${prefix}-${n}`, generateName: undefined };
    const spec = { ...made.spec, nodeName: nodeName(n % nodes) };
    return post(podsPath(namespace), { ...made, metadata, spec });
  });
}

export function deleteRequests({ namespace, prefix, first, count }: Omit<PodChoice, "kind">): readonly BareRequest[] {
  return numbers(count).map((n) => ({
    method: "DELETE",
    path: `${podsPath(namespace)}/${prefix}-${first + n}`,
    type: "application/json",
    body: "",
  }));
}

export function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

const result = ["net1", "net2"].map((name) => ({
  ip_address: ["10.0.0.2/20"],
  mac_address: "0a:58:0a:00:00:02",
  gateway_ip: ["10.0.0.1"],
  defaultGateway: "false",
  interface: name,
  network: "net199",
  port: `01KDGX3V9ZJ4T1C3R6Y8M2N5QW-${name}`,
}));

/** The annotations by which a pod with two interfaces is longer. */
const sameSize = {
  [annotationKeys.result.key]: JSON.stringify(result),
  [annotationKeys.token.key]: cannedToken,
  "k8s.v1.cni.cncf.io/networks": '[{"name":"ovn4nfv","namespace":"kube-system","interface":"net1"}]',
};

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n);
}
