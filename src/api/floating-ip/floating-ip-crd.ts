import { customResourceDefinition, readyColumn } from "../crd/custom-resource.ts";
import { floatingIpSpecSchema, floatingIpStatusSchema } from "./floating-ip-schema.ts";

/** The CustomResourceDefinition of FloatingIP; deploy/crds/floatingips.yaml is its YAML. */
export function floatingIpCrd(): object {
  return customResourceDefinition({
    kind: "FloatingIP",
    singular: "floatingip",
    plural: "floatingips",
    shortNames: ["fip", "fips"],
    scope: "Namespaced",
    columns: [
      { name: "Address", jsonPath: ".status.address" },
      { name: "Pod", jsonPath: ".status.pod" },
      readyColumn,
      { name: "Reason", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
      { name: "Uplink", jsonPath: ".spec.uplink" },
    ],
    description:
      "An address of an Uplink that leads to one pod: what comes to it from outside arrives at the pod, and the pod leaves " +
      "with it. It outlives the pod, and moves to the next one that the selector selects.",
    spec: { description: "The address, and the pod to which it leads.", schema: floatingIpSpecSchema },
    status: { description: "What the address is. Only the controller writes it.", schema: floatingIpStatusSchema },
  });
}
