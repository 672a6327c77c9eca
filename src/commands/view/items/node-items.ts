import type { ViewNetwork, ViewNode, ViewNodeWire, ViewUplink, ViewWire } from "#src/view/contract/view-item.ts";
import { reportNode } from "../../inspect/objects/node-lines.ts";
import { given, viewKey, readinessOf } from "./readiness.ts";
import type { KnownObjects, NodeObject } from "./view-facts.ts";

export function nodeItem(node: NodeObject, uplinks: NonNullable<KnownObjects["uplinks"]>): ViewNode {
  const { name, chassis, agent, mtu, ready, problem, gatewayOf, wires } = reportNode(node, uplinks, undefined);
  return {
    kind: "node",
    key: viewKey("node", name),
    name,
    ...readinessOf(ready, problem),
    ...given("chassis", chassis),
    ...given("agentVersion", agent),
    ...given("mtu", mtu),
    gatewayOf: gatewayOf.map((uplink) => viewKey("uplink", uplink)),
    wires: wires.map((wire) => ({
      wire: viewKey("wire", wire.physicalNetwork),
      ...given("interface", wire.interface),
      ...given("bridge", wire.bridge),
      ...given("mtu", wire.mtu),
      ...readinessOf(wire.ready, wire.problem),
    })),
  };
}

/** All wires of which a network, an uplink or a node speaks. A wire is ready when a node has it. */
export function wireItems(
  networks: readonly ViewNetwork[],
  uplinks: readonly ViewUplink[],
  nodes: readonly ViewNode[],
): readonly ViewWire[] {
  const connections = nodes.flatMap(({ wires }) => wires);
  const named = [...networks, ...uplinks, ...connections].flatMap(({ wire }) => (wire === undefined ? [] : [wire]));
  return [...new Set(named)].sort().map((key): ViewWire => {
    const onIt = networks.filter(({ wire }) => wire === key);
    const name = key.slice(viewKey("wire", "").length);
    const own = connections.filter(({ wire }) => wire === key);
    return { kind: "wire", key, name, ...wireReadiness(own), providerNetworks: onIt.map((one) => one.name) };
  });
}

function wireReadiness(connections: readonly ViewNodeWire[]): Pick<ViewWire, "ready" | "reason" | "message"> {
  if (connections.some(({ ready }) => ready === "yes")) return { ready: "yes" };
  const fault = connections.find(({ ready }) => ready === "no");
  if (fault === undefined) return { ready: "unknown" };
  return { ready: "no", ...given("reason", fault.reason), ...given("message", fault.message) };
}
