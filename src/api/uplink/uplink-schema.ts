// The Uplink custom resource (k8s.plugin.opnfv.org/v1alpha1): a way on which networks leave the cluster. Its CRD is
// generated from this schema (uplink-crd.ts).
import * as z from "zod";
import { conditionSchemaOf } from "../crd/condition.ts";
import { described, namespacesSchema, neverChanges, rules, selectorSchemaFor } from "../network/network-fields.ts";

const floatingSchema = z.object({
  addresses: described(
    z.array(z.string().max(128)).min(1).max(64),
    "The addresses that are handed out: single ones, ranges a..b and prefixes.",
  ),
  routed: described(
    z.boolean().optional(),
    "With true the addresses may lie outside of the prefixes of spec.addresses: the routers outside send them to the gateway.",
  ),
  allowedNamespaces: described(
    namespacesSchema().optional(),
    "The namespaces that may have such an address: the named ones and those that match. Default: all.",
  ),
  limitPerNamespace: described(
    z.int().min(1).max(1_000_000).optional(),
    "The most addresses that one namespace may have, with those of its FloatingIPs and Services. Default: no limit.",
  ),
});

export const uplinkSpecSchema = z
  .object({
    providerNetwork: described(
      z.string().min(1).max(253).optional(),
      "The ProviderNetwork on whose switch the gateway has a port. The addresses lie in its subnets.",
    ),
    physicalNetwork: described(
      z.string().min(1).max(253).optional(),
      "In place of a ProviderNetwork: the name in `ovn-bridge-mappings` of the chassis, of a network that only the gateway uses.",
    ),
    addresses: described(
      z.array(z.string().max(64)).min(1).max(2),
      "The gateway's addresses outside, at most one of each family, each with its mask: 198.51.100.10/24.",
    ),
    nextHops: described(
      z.array(z.string().max(64)).max(2).optional(),
      "The routers outside, at most one of each family. Without one only the prefixes of the addresses are reached.",
    ),
    routes: described(
      z.array(z.string().max(64)).min(1).max(64).optional(),
      "The prefixes that are outside. Default: everything, 0.0.0.0/0 and ::/0.",
    ),
    nodes: described(
      selectorSchemaFor("node").optional(),
      "Selects the nodes that may carry the gateway, by their labels. The first one by name carries it, and the next one " +
        "takes over. Default: nodes with the label k8s.plugin.opnfv.org/gateway.",
    ),
    ipv6: described(
      z.enum(["NAT", "Routed"]).optional(),
      "NAT, the default: IPv6 leaves with the gateway's address. Routed: it leaves with the address of the pod, and the " +
        "routers outside must know the way back.",
    ),
    floating: described(
      floatingSchema.optional(),
      "Addresses outside that pods and Services of networks on this uplink may have for themselves. Without the field there are " +
        "none.",
    ),
  })
  .meta(
    rules(
      {
        rule: "has(self.providerNetwork) != has(self.physicalNetwork)",
        message: "an Uplink names either providerNetwork or physicalNetwork",
      },
      // One switch carries an uplink for good: with another one every connection through it would break.
      neverChanges("providerNetwork", "Uplink"),
      neverChanges("physicalNetwork", "Uplink"),
    ),
  );

const columnsSchema = z.object({
  addresses: described(z.string(), "The addresses of the gateway."),
  chassis: described(z.string(), "The chassis that may carry the gateway, best first."),
});

export const uplinkStatusSchema = z.object({
  observedGeneration: described(z.int().optional(), "The generation of the object that the status is about."),
  conditions: described(
    z
      .array(
        conditionSchemaOf(
          "Ready: networks that name the uplink leave by it. Redundant: of its two chassis either takes over from the other one; " +
            "absent with another number of chassis.",
        ),
      )
      .optional(),
    "What is right and what is wrong with the uplink.",
  ),
  columns: described(columnsSchema.optional(), "Texts for `kubectl get uplinks`."),
  joinAddresses: described(
    z.array(z.string()).optional(),
    "The gateway's addresses on the switch that joins it with the router of the networks.",
  ),
  gatewayChassis: described(z.array(z.string()).optional(), "The chassis that may carry the gateway, best first."),
});

export type UplinkSpec = z.output<typeof uplinkSpecSchema>;
export type UplinkStatus = z.output<typeof uplinkStatusSchema>;
