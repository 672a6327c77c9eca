import { customResourceDefinition, readyColumn } from "../crd/custom-resource.ts";
import { uplinkSpecSchema, uplinkStatusSchema } from "./uplink-schema.ts";

/** The CustomResourceDefinition of Uplink; deploy/crds/uplinks.yaml is its YAML. */
export function uplinkCrd(): object {
  return customResourceDefinition({
    kind: "Uplink",
    singular: "uplink",
    plural: "uplinks",
    scope: "Cluster",
    columns: [
      readyColumn,
      { name: "Reason", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
      { name: "Addresses", jsonPath: ".status.columns.addresses" },
      { name: "Chassis", jsonPath: ".status.columns.chassis" },
    ],
    description:
      "A way out of the cluster: a gateway with an address in a network outside, and the nodes that may carry it. A " +
      "Network names the one by which it leaves.",
    spec: { description: "What the uplink is to be.", schema: uplinkSpecSchema },
    status: { description: "What the uplink is. Only the controller writes it.", schema: uplinkStatusSchema },
    rules: [{ rule: "size(self.metadata.name) <= 63", message: "the name of an Uplink has at most 63 characters" }],
  });
}
