import { customResourceDefinition, readyColumn } from "../crd/custom-resource.ts";
import { networkSpecSchema, networkStatusSchema } from "./network-schema.ts";

/** Names of our own logical switches and routers, which no Network may have. */
export const reservedNetworkNames = ["ovn4nfv-join", "ovn4nfv-master", "ovn4nfv-gateway", "ovn4nfv-external"] as const;

const reserved = reservedNetworkNames.map((name) => `'${name}'`).join(", ");

/** The rule of a whole object that keeps these names from it. */
export const reservedNamesRules = [
  {
    rule: `!(self.metadata.name in [${reserved}])`,
    message: "the name is that of a switch or router of ovn4nfv itself",
  },
];

/** The CustomResourceDefinition of Network; deploy/crds/networks.yaml is its YAML. */
export function networkCrd(): object {
  return customResourceDefinition({
    kind: "Network",
    singular: "network",
    plural: "networks",
    shortNames: ["ovnnet", "ovnnets"],
    scope: "Namespaced",
    columns: [
      { name: "State", jsonPath: ".status.state" },
      readyColumn,
      { name: "Subnets", jsonPath: ".status.columns.subnets" },
      { name: "Used", jsonPath: ".status.columns.used" },
      { name: "Allowed", jsonPath: ".status.columns.allowed" },
    ],
    description:
      "A virtual network: a logical switch of OVN with ranges of addresses, which pods join by its name. Its name is that " +
      "of the switch, so that it is global although the object stands in a namespace: of two Networks with one name, " +
      "whatever their namespaces, the second is refused.",
    spec: { description: "What the network is to be.", schema: networkSpecSchema },
    status: { description: "What the network is. Only the controller writes it.", schema: networkStatusSchema },
    rules: reservedNamesRules,
  });
}
