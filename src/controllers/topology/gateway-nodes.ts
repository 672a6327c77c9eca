import { nodeKeys } from "#src/api/annotation-keys.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** A node that may carry the gateway, with the system ids that its annotations name. */
export interface GatewayNode {
  readonly name: string;
  /** The id of our annotation. */
  readonly written: string | undefined;
  /** The id that another controller has annotated. */
  readonly annotated: string | undefined;
}

/** Finds the id that the agent of a node has published; "" or undefined when there is none. */
export type PublishedChassis = (node: string) => string | undefined;

export function projectGatewayNode({ metadata: { name, annotations = {} } }: KubeObject): GatewayNode {
  const { chassis, ovnKubernetesChassis, kubeOvnChassis } = nodeKeys;
  const said = ({ key }: { readonly key: string }): string | undefined => annotations[key] || undefined;
  return { name, written: said(chassis), annotated: said(ovnKubernetesChassis) ?? said(kubeOvnChassis) };
}

/**
 * The system id of the node's chassis: what a person wrote, else what the node's agent published, else what another
 * controller wrote. The name of the node is the last guess, for a node without an agent.
 */
function chassisOf({ name, written, annotated }: GatewayNode, published: PublishedChassis): string {
  return written ?? (published(name) || undefined) ?? annotated ?? name;
}

/** Sorts by the names of the nodes. So the same nodes give the same order, whoever leads and whenever they came. */
export function orderChassis(nodes: Iterable<GatewayNode>, published: PublishedChassis): readonly string[] {
  const sorted = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...new Set(sorted.map((node) => chassisOf(node, published)))];
}
