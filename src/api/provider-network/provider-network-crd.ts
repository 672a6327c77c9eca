import { customResourceDefinition, readyColumn } from "../crd/custom-resource.ts";
import { reservedNamesRules } from "../network/network-crd.ts";
import { providerNetworkSpecSchema, providerNetworkStatusSchema } from "./provider-network-schema.ts";

/** The CustomResourceDefinition of ProviderNetwork; deploy/crds/providernetworks.yaml is its YAML. */
export function providerNetworkCrd(): object {
  return customResourceDefinition({
    kind: "ProviderNetwork",
    singular: "providernetwork",
    plural: "providernetworks",
    shortNames: ["ovnpnet", "ovnpnets"],
    scope: "Namespaced",
    columns: [
      { name: "State", jsonPath: ".status.state" },
      readyColumn,
      { name: "Wire", jsonPath: ".status.physicalNetwork" },
      { name: "VLAN", jsonPath: ".status.columns.vlan" },
      { name: "Nodes", jsonPath: ".status.columns.nodes" },
      { name: "Subnets", jsonPath: ".status.columns.subnets" },
      { name: "Used", jsonPath: ".status.columns.used" },
    ],
    description:
      "A network of the world outside that pods join by its name: a logical switch of OVN whose frames go over an interface " +
      "of the nodes, in a VLAN or without a tag. Its name is that of the switch, so that it is global although the object " +
      "stands in a namespace, and no Network has it.",
    spec: { description: "What the network is to be.", schema: providerNetworkSpecSchema },
    status: { description: "What the network is. Only the controller writes it.", schema: providerNetworkStatusSchema },
    rules: reservedNamesRules,
  });
}
