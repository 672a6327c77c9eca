import type { Facts } from "./facts.ts";
import { type DoctorFinding, failed, ok, warning } from "./finding.ts";

/** Has findings only where nodes are to be connected to physical networks. A node that cannot be read has its own finding. */
export function judgeWires({ nodes }: Facts): readonly DoctorFinding[] {
  const check = "wires";
  if ("why" in nodes) return [];
  const wires = nodes.value.flatMap((node) => (node.wires ?? []).map((wire) => ({ node: node.name, wire })));
  if (wires.length === 0) return [];
  const findings = wires.flatMap(({ node, wire }) =>
    wire.conditions.flatMap(({ type, status, reason, message }) => {
      if (status !== "False") return [];
      const cure = `kubectl describe ovnnode ${node} shows when it began; the log of the agent there has the rest`;
      const says = `node ${node} and ${wire.physicalNetwork} (${reason}): ${message}`;
      return [type === "Ready" ? failed(check, says, cure) : warning(check, says, cure)];
    }),
  );
  if (findings.length > 0) return findings;
  const names = new Set(wires.map(({ wire }) => wire.physicalNetwork));
  const carriers = new Set(wires.map(({ node }) => node));
  return [
    ok(
      check,
      `${[...names].sort().join(", ")} on ${carriers.size.toString()} of ${nodes.value.length.toString()} nodes`,
    ),
  ];
}
