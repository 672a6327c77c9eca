// The Network custom resource (k8s.plugin.opnfv.org/v1alpha1) as one zod schema: the CRD's OpenAPI schema is generated
// from it (network-crd.ts), and what the API server sends is read with it. Nodus' manifests fit as they are.
import * as z from "zod";
import { objectNamePattern } from "#src/core/object-name.ts";
import { conditionSchemaOf } from "../crd/condition.ts";
import {
  allowChainsField,
  allowTapsField,
  described,
  mtuForIpv6,
  networkFields,
  networkColumnFields,
  type Rule,
  rules,
  networkStatusFields,
  subnetsStay,
} from "./network-fields.ts";

const neverChanges = (field: string): Rule => ({
  rule: `(has(self.${field}) && self.${field}) == (has(oldSelf.${field}) && oldSelf.${field})`,
  message: `${field} cannot be changed; make another Network`,
});

const objectName = () => z.string().max(63).regex(objectNamePattern);

export const networkSpecSchema = z
  .object({
    ...networkFields,
    mtu: z.int().min(576).max(65_535).optional().meta({
      description: "MTU of the pods' interfaces in bytes. A node whose tunnels carry less makes it smaller.",
    }),
    snat: z.boolean().optional().meta({
      description: "Traffic of the network leaves through the uplink with the gateway's address as its source.",
    }),
    snatExempt: z
      .array(z.string().max(64))
      .min(1)
      .max(64)
      .optional()
      .meta({
        description:
          "Prefixes outside to which traffic leaves with the addresses of the pods also with snat: those whose routers know " +
          "the way back.",
      }),
    uplink: z.string().min(1).max(63).optional().meta({
      description:
        "The Uplink by which the network leaves, and by no other. Default: the uplink of the flags of ovn4nfv-controller.",
    }),
    isolated: z
      .boolean()
      .optional()
      .meta({
        description:
          "The network has no port on the router, so that its pods reach only each other. Networks that are not isolated " +
          "reach each other through the router.",
      }),
    multicast: z
      .object({
        snooping: described(z.boolean().optional(), "The switch delivers a group only to those that have joined it."),
        querier: described(
          z.boolean().optional(),
          "The switch asks from time to time who is in which group; needs snooping, and a gateway as the source.",
        ),
      })
      .optional()
      .meta({
        description: "What the switch does about multicast. Without the field it floods every group.",
        ...rules({
          rule: "!(has(self.querier) && self.querier) || (has(self.snooping) && self.snooping)",
          message: "a querier needs snooping: true",
        }),
      }),
    adopt: z
      .boolean()
      .optional()
      .meta({
        description:
          "Shares a logical switch of this name that somebody else made and that names this namespace in " +
          "external_ids:k8s.plugin.opnfv.org/adoptable-by. The switch is never deleted.",
      }),
    serviceAddresses: z
      .array(z.string().max(128))
      .max(64)
      .optional()
      .meta({
        description:
          "Addresses in the subnets that Services on the network get, as 10.1.0.200..10.1.0.249, one address or a prefix. They are " +
          "not handed out to pods.",
      }),
    reachableFrom: z
      .object({
        networks: described(z.array(objectName()).max(256).optional(), "Names of Networks."),
        namespaces: described(z.array(objectName()).max(256).optional(), "Namespaces, for all Networks in them."),
      })
      .optional()
      .meta({
        description:
          "The other Networks from which the router lets packets into this one, answers among them. Without the field it lets in " +
          "those of all Networks, and with {} of none. Packets from outside of the cluster and those of chains pass in any case.",
      }),
    allowChains: allowChainsField,
    allowTaps: allowTapsField,
  })
  .meta(
    rules(
      {
        rule: "(has(self.ipv4Subnets) && size(self.ipv4Subnets) > 0) || (has(self.ipv6Subnets) && size(self.ipv6Subnets) > 0)",
        message: "a Network needs at least one subnet",
      },
      ...subnetsStay,
      mtuForIpv6,
      neverChanges("isolated"),
      neverChanges("adopt"),
      {
        rule: "!(has(self.adopt) && self.adopt && has(self.snat) && self.snat)",
        message: "an adopted switch has no router port of ours, so it cannot have snat",
      },
      {
        rule: "!(has(self.adopt) && self.adopt && has(self.multicast))",
        message: "an adopted switch keeps what its maker says about multicast",
      },
      {
        rule: "!(has(self.isolated) && self.isolated && has(self.snat) && self.snat)",
        message: "an isolated network has no router port, so it cannot have snat",
      },
      {
        rule: "!has(self.snatExempt) || (has(self.snat) && self.snat)",
        message: "snatExempt makes exceptions from snat, which is not set",
      },
      {
        rule: "!has(self.serviceAddresses) || !((has(self.isolated) && self.isolated) || (has(self.adopt) && self.adopt))",
        message:
          "an isolated or adopted network has no router port of ours, which would answer for addresses of Services",
      },
      {
        rule: "!has(self.reachableFrom) || !((has(self.isolated) && self.isolated) || (has(self.adopt) && self.adopt))",
        message:
          "an isolated or adopted network has no router port of ours, so no other Network reaches it by the router",
      },
      {
        rule: "!has(self.uplink) || !((has(self.isolated) && self.isolated) || (has(self.adopt) && self.adopt))",
        message: "an isolated or adopted network has no router port of ours, so it cannot name an uplink",
      },
    ),
  );

/**
 * The spec of a Network that is there. The CRD took any text in `reachableFrom` once, and a Network that is refused for that would
 * keep the rows that such a text has made.
 */
export const storedNetworkSpecSchema = networkSpecSchema.extend({
  reachableFrom: z
    .object({ networks: z.array(z.string()).optional(), namespaces: z.array(z.string()).optional() })
    .optional(),
});

const conditionSchema = conditionSchemaOf(
  "Ready: pods can join. AddressesInRange: no pod holds an address that the network would not hand out now. " +
    "AddressesFree: every family has a free address. RoutesComplete: no pod is older than a subnet.",
);

const columnsSchema = z.object(networkColumnFields);

export const networkStatusSchema = z.object({
  ...networkStatusFields("networks", conditionSchema, columnsSchema),
  gatewayChassis: z.array(z.string()).optional().meta({
    description: "The chassis that may carry the way out, best first, by the labels of nodes or as configured.",
  }),
});

export type NetworkSpec = z.output<typeof networkSpecSchema>;
export type NetworkStatus = z.output<typeof networkStatusSchema>;
