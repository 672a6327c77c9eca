import { nodeKeys } from "#src/api/annotation-keys.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** A node that may carry the gateway. */
export interface GatewayNode {
  readonly name: string;
  /** The system id of its chassis. */
  readonly chassis: string;
}

/**
 * Reads a node. An annotation names its chassis; ours counts before those of other controllers. Without one the
 * chassis has the name of the node.
 */
export function projectGatewayNode({ metadata: { name, annotations = {} } }: KubeObject): GatewayNode {
  const { chassis, ovnKubernetesChassis, kubeOvnChassis } = nodeKeys;
  const said = [chassis, ovnKubernetesChassis, kubeOvnChassis].map(({ key }) => annotations[key] ?? "");
  return { name, chassis: said.find((id) => id !== "") ?? name };
}

/** Sorts by the names of the nodes. So the same nodes give the same order, whoever leads and whenever they came. */
export function orderChassis(nodes: Iterable<GatewayNode>): readonly string[] {
  const sorted = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...new Set(sorted.map(({ chassis }) => chassis))];
}
