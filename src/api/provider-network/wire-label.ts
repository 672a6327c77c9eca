// The label of a node that carries a wire, by which pods are placed.

/** The prefix of the labels. No other label has it, and only the controller writes them. */
const wireLabelPrefix = "provider.k8s.plugin.opnfv.org/";

/** The value of the label. A node without the wire has no label. */
export const wireLabelValue = "ready";

export function wireLabel(physicalNetwork: string): string {
  return wireLabelPrefix + physicalNetwork;
}

/** The physical networks whose label a node has, whatever its value is. */
export function labelledWires(labels: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(labels).flatMap((key) =>
    key.startsWith(wireLabelPrefix) ? [key.slice(wireLabelPrefix.length)] : [],
  );
}
