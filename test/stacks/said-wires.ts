import type { Kubectl } from "#lab/kubernetes/kubectl.ts";

/** Writes the word of a node's agent on its wires, each with the status of its condition Ready. */
export async function sayWires(
  kubectl: Kubectl,
  node: string,
  wires: Readonly<Record<string, "True" | "False">>,
  systemId?: string,
): Promise<void> {
  await kubectl.apply([{ apiVersion: "k8s.plugin.opnfv.org/v1alpha1", kind: "OvnNode", metadata: { name: node } }]);
  const said = Object.entries(wires).map(([physicalNetwork, status]) => {
    const reason = status === "True" ? "Connected" : "NoCarrier";
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    const ready = { type: "Ready", status, reason, message: "as eth1 is", lastTransitionTime };
    return { physicalNetwork, conditions: [ready] };
  });
  const patch = JSON.stringify({ status: { ...(systemId === undefined ? {} : { systemId }), wires: said } });
  await kubectl.must(["patch", "ovnnode", node, "--subresource=status", "--type=merge", "-p", patch]);
}
