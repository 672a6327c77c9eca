import { customResourceDefinition, readyColumn } from "../crd/custom-resource.ts";
import { tapSpecSchema, tapStatusSchema } from "./tap-schema.ts";

/** The CustomResourceDefinition of Tap; deploy/crds/taps.yaml is its YAML. */
export function tapCrd(): object {
  return customResourceDefinition({
    kind: "Tap",
    singular: "tap",
    plural: "taps",
    scope: "Namespaced",
    columns: [
      readyColumn,
      { name: "Reason", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
      { name: "Mirrored", jsonPath: ".status.columns.sources" },
      { name: "Sink", jsonPath: ".status.columns.sink" },
    ],
    description:
      "Copies what interfaces of pods send and receive into an interface of a pod that only looks, or to a host outside. The " +
      "owners of the networks allow it (allowTaps). Open vSwitch on the nodes makes the copies, and nothing changes for the pods.",
    spec: { description: "What is copied, and for whom.", schema: tapSpecSchema },
    status: { description: "What the tap is. Only the controller writes it.", schema: tapStatusSchema },
  });
}
