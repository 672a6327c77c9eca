import { customResourceDefinition, readyColumn } from "../crd/custom-resource.ts";
import { chainSpecSchema, chainStatusSchema } from "./chain-schema.ts";

/** The CustomResourceDefinition of NetworkChaining; deploy/crds/networkchainings.yaml is its YAML. */
export function chainCrd(): object {
  return customResourceDefinition({
    kind: "NetworkChaining",
    singular: "networkchaining",
    plural: "networkchainings",
    shortNames: ["chain", "chains"],
    scope: "Namespaced",
    columns: [
      { name: "State", jsonPath: ".status.state" },
      readyColumn,
      { name: "Degraded", jsonPath: '.status.conditions[?(@.type=="Degraded")].status' },
      { name: "Path", jsonPath: ".status.path" },
    ],
    description:
      "A chain of network functions: the traffic between two Networks goes through pods of each function, in order, and " +
      "back through the same pods. The router does it, so that nothing is changed inside pods. The functions are pods of " +
      "the chain's namespace with an interface in the Network on their left and one in that on their right.",
    spec: { description: "The way that the traffic takes.", schema: chainSpecSchema },
    status: { description: "What the chain is. Only the controller writes it.", schema: chainStatusSchema },
  });
}
