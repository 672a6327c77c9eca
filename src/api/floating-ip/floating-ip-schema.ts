// The FloatingIP custom resource (k8s.plugin.opnfv.org/v1alpha1): an address outside that leads to one pod, and outlives it.
// Its CRD is generated from this schema (floating-ip-crd.ts).
import * as z from "zod";
import { conditionSchemaOf } from "../crd/condition.ts";
import { described, neverChanges, rules, selectorSchemaFor } from "../network/network-fields.ts";

const neverChangesHere = (field: string) => neverChanges(field, "FloatingIP");

export const floatingIpSpecSchema = z
  .object({
    uplink: described(z.string().min(1).max(63), "The Uplink that has the address among those of spec.floating."),
    address: described(
      z
        .string()
        .max(64)
        .optional()
        .meta(rules({ rule: "isIP(self)", message: "address must be an address, such as 198.51.100.20" })),
      "The address. Default: the controller chooses a free one, once, and it stays the address of the object.",
    ),
    selector: described(
      selectorSchemaFor("pod"),
      "Selects the pod by its labels, in the namespace of the object. An address leads to one pod: while several are " +
        "selected it stays with the one that it has.",
    ),
    network: described(
      z.string().min(1).max(253).optional(),
      "The network of the pod to which the address leads. Default: the only one of its networks that leaves by the uplink.",
    ),
  })
  .meta(rules(neverChangesHere("uplink"), neverChangesHere("address")));

export const floatingIpStatusSchema = z.object({
  observedGeneration: described(z.int().optional(), "The generation of the object that the status is about."),
  conditions: described(
    z.array(conditionSchemaOf("Ready: what comes to the address arrives at a pod.")).optional(),
    "What is right and what is wrong with the address.",
  ),
  address: described(z.string().optional(), "The address. It stays until the object is deleted."),
  pod: described(z.string().optional(), "The pod to which it leads."),
  network: described(z.string().optional(), "The network of the pod to which it leads."),
  interface: described(z.string().optional(), "The interface in the pod to which it leads."),
  podAddress: described(z.string().optional(), "The address of that interface, as which the pod is reached."),
});

export type FloatingIpStatus = z.output<typeof floatingIpStatusSchema>;
