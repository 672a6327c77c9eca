import { customResourceDefinition, readyColumn } from "../crd/custom-resource.ts";
import { ovnNodeSpecSchema } from "./node-taps.ts";
import { ovnNodeStatusSchema } from "./ovn-node-schema.ts";

/** The CustomResourceDefinition of OvnNode; deploy/crds/ovnnodes.yaml is its YAML. */
export function ovnNodeCrd(): object {
  return customResourceDefinition({
    kind: "OvnNode",
    singular: "ovnnode",
    plural: "ovnnodes",
    scope: "Cluster",
    columns: [
      { name: "Chassis", jsonPath: ".status.systemId" },
      readyColumn,
      { name: "Tunnels", jsonPath: ".status.encapIps[*]" },
      { name: "MTU", jsonPath: ".status.mtu" },
      { name: "Wires", jsonPath: ".status.wires[*].physicalNetwork" },
      { name: "Agent", jsonPath: ".status.agentVersion" },
    ],
    description:
      "What the agent of a node tells about the node, and what the controller asks of it. Nobody else writes it.",
    optionalSpec: { description: "What the controller asks of the agent.", schema: ovnNodeSpecSchema },
    status: { description: "What the agent sees.", schema: ovnNodeStatusSchema },
  });
}
