import { nodeKeys } from "#src/api/annotation-keys.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** A node that may carry the gateway. */
export interface GatewayNode {
  readonly name: string;
  /** System id of its chassis. */
  readonly chassis: string;
}

/** The chassis of a node is what an annotation says, ours before those of other controllers, else it has the node's name. */
export function projectGatewayNode({ metadata: { name, annotations = {} } }: KubeObject): GatewayNode {
  const { chassis, ovnKubernetesChassis, kubeOvnChassis } = nodeKeys;
  const said = [chassis, ovnKubernetesChassis, kubeOvnChassis].map(({ key }) => annotations[key] ?? "");
  return { name, chassis: said.find((id) => id !== "") ?? name };
}

/** Best first, by the names of the nodes: the same nodes are in the same order, whoever leads and whenever they came. */
export function orderChassis(nodes: Iterable<GatewayNode>): readonly string[] {
  const sorted = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...new Set(sorted.map(({ chassis }) => chassis))];
}
