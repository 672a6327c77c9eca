// The Network custom resource (k8s.plugin.opnfv.org/v1alpha1) as one zod schema: the CRD's OpenAPI schema is generated
// from it (network-crd.ts), and what the API server sends is read with it. Nodus' manifests fit as they are.
import { z } from "zod";
import { leastIpv6Mtu } from "#src/net/mtu.ts";
import { conditionSchemaOf } from "../crd/condition.ts";

/** A validation rule of Kubernetes in CEL; `oldSelf` makes it a rule for changes. */
interface Rule {
  readonly rule: string;
  readonly message: string;
}

const rules = (...list: readonly Rule[]) => ({ "x-kubernetes-validations": list });

const address = () => z.string().max(64);
const cidr = () => z.string().max(64);

const subnetSchema = (family: 4 | 6) =>
  z
    .object({
      name: z.string().max(63).optional().meta({ description: "A name for people. Nothing refers to it." }),
      subnet: cidr().meta({
        description: "The prefix from which addresses are handed out.",
        ...rules({
          rule: `isCIDR(self) && cidr(self).ip().family() == ${family}`,
          message: `must be an IPv${family} prefix, such as ${family === 4 ? "10.1.0.0/24" : "fd10::/64"}`,
        }),
      }),
      gateway: address().optional().meta({
        description: "Address of the router, with or without the mask. Default: the first host of the subnet.",
      }),
      excludeIps: z.string().max(8192).optional().meta({
        description:
          "Addresses that are never handed out: addresses, ranges a..b and prefixes, with blanks or commas between.",
      }),
    })
    .meta({
      description: "One subnet of the network, with its gateway and the addresses that it leaves out.",
      ...rules(
        {
          rule: "!has(self.gateway) || self.gateway == '' || isIP(self.gateway.split('/')[0])",
          message: "gateway must be an address, such as 10.1.0.1",
        },
        {
          rule:
            "!has(self.gateway) || self.gateway == '' || !isCIDR(self.subnet) || !isIP(self.gateway.split('/')[0]) || " +
            "cidr(self.subnet).containsIP(self.gateway.split('/')[0])",
          message: "gateway must lie inside the subnet",
        },
      ),
    });

const subnetsSchema = (family: 4 | 6) =>
  z
    .array(subnetSchema(family))
    .max(16)
    .meta({
      description:
        `The IPv${family} subnets. A pod gets an address of one of them, and routes to the others. A subnet can be added ` +
        "at any time; pods that are older than it have no route to it.",
      ...rules(
        {
          rule: "oldSelf.all(o, self.exists(s, s.subnet == o.subnet))",
          message: "a subnet cannot be changed or removed while the Network exists; add one, or make another Network",
        },
        {
          rule:
            "oldSelf.all(o, self.all(s, s.subnet != o.subnet || " +
            "(has(s.gateway) ? s.gateway : '') == (has(o.gateway) ? o.gateway : '')))",
          message: "the gateway of a subnet cannot be changed while the Network exists",
        },
      ),
    });

const described = <T extends z.ZodType>(schema: T, description: string) => schema.meta({ description });

const dnsSchema = z.object({
  nameservers: described(z.array(address()).max(16).optional(), "Addresses of DNS servers."),
  domain: described(z.string().max(253).optional(), "The domain of the pods."),
  search: described(z.array(z.string().max(253)).max(32).optional(), "Domains in which short names are looked up."),
  options: described(z.array(z.string().max(255)).max(32).optional(), "Options of the resolver, as in resolv.conf(5)."),
});

const routeSchema = z.object({
  dst: described(cidr(), "The destination: a prefix or an address."),
  gw: described(
    address().optional(),
    "The next hop, in a subnet of the network. Default: the gateway of the interface.",
  ),
});

const requirementSchema = z.object({
  key: described(z.string().max(317), "The key of the label."),
  operator: described(z.enum(["In", "NotIn", "Exists", "DoesNotExist"]), "How the label is compared with the values."),
  values: described(z.array(z.string().max(63)).max(64).optional(), "The values, for In and NotIn."),
});

export const selectorSchema = z.object({
  matchLabels: described(z.record(z.string(), z.string()).optional(), "Labels that the namespace must have."),
  matchExpressions: described(z.array(requirementSchema).max(32).optional(), "Requirements that its labels must meet."),
});

const neverChanges = (field: string): Rule => ({
  rule: `(has(self.${field}) && self.${field}) == (has(oldSelf.${field}) && oldSelf.${field})`,
  message: `${field} cannot be changed; make another Network`,
});

export const networkSpecSchema = z
  .object({
    cniType: z.literal("ovn4nfv").default("ovn4nfv").meta({
      description: "Always ovn4nfv, which is the default. The field is there for manifests of Nodus.",
    }),
    ipv4Subnets: subnetsSchema(4).optional(),
    ipv6Subnets: subnetsSchema(6).optional(),
    dns: dnsSchema.optional().meta({ description: "DNS settings of the CNI result." }),
    routes: z.array(routeSchema).max(64).optional().meta({
      description:
        "Routes of the interfaces. A route without gw goes through the interface's gateway. A pod has each destination once.",
    }),
    mtu: z.int().min(576).max(65_535).optional().meta({
      description: "MTU of the pods' interfaces in bytes. A node whose tunnels carry less makes it smaller.",
    }),
    snat: z.boolean().optional().meta({
      description: "Traffic of the network leaves through the uplink with the gateway's address as its source.",
    }),
    isolated: z
      .boolean()
      .optional()
      .meta({
        description:
          "The network has no port on the router, so that its pods reach only each other. Networks that are not isolated " +
          "reach each other through the router.",
      }),
    adopt: z
      .boolean()
      .optional()
      .meta({
        description:
          "Shares a logical switch of this name that somebody else made and that names this namespace in " +
          "external_ids:k8s.plugin.opnfv.org/adoptable-by. The switch is never deleted.",
      }),
    macPrefix: z
      .string()
      .regex(/^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){0,4}$/)
      .optional()
      .meta({ description: "First bytes of automatic MAC addresses." }),
    allowedNamespaces: z
      .object({
        names: described(z.array(z.string().max(63)).max(256).optional(), "Names of namespaces."),
        selector: described(selectorSchema.optional(), "Selects namespaces by their labels."),
      })
      .optional()
      .meta({
        description:
          "The namespaces whose pods may join: the named ones and those that match. Without the field pods of all " +
          "namespaces may join; with adopt those that the switch itself names.",
      }),
  })
  .meta(
    rules(
      {
        rule: "(has(self.ipv4Subnets) && size(self.ipv4Subnets) > 0) || (has(self.ipv6Subnets) && size(self.ipv6Subnets) > 0)",
        message: "a Network needs at least one subnet",
      },
      {
        rule: "!has(oldSelf.ipv4Subnets) || size(oldSelf.ipv4Subnets) == 0 || has(self.ipv4Subnets)",
        message: "ipv4Subnets cannot be removed while the Network exists",
      },
      {
        rule: "!has(oldSelf.ipv6Subnets) || size(oldSelf.ipv6Subnets) == 0 || has(self.ipv6Subnets)",
        message: "ipv6Subnets cannot be removed while the Network exists",
      },
      {
        rule: `!has(self.mtu) || self.mtu >= ${leastIpv6Mtu} || !has(self.ipv6Subnets) || size(self.ipv6Subnets) == 0`,
        message: `mtu must be at least ${leastIpv6Mtu} with an IPv6 subnet`,
      },
      neverChanges("isolated"),
      neverChanges("adopt"),
      {
        rule: "!(has(self.adopt) && self.adopt && has(self.snat) && self.snat)",
        message: "an adopted switch has no router port of ours, so it cannot have snat",
      },
      {
        rule: "!(has(self.isolated) && self.isolated && has(self.snat) && self.snat)",
        message: "an isolated network has no router port, so it cannot have snat",
      },
    ),
  );

const conditionSchema = conditionSchemaOf(
  "Ready: pods can join. AddressesInRange: no pod holds an address that the network would not hand out now. " +
    "AddressesFree: every family has a free address. RoutesComplete: no pod is older than a subnet.",
);

const poolSchema = z.object({
  family: described(z.enum(["IPv4", "IPv6"]), "The family of the addresses."),
  capacity: described(z.string(), "The number of addresses that can be handed out."),
  used: described(z.string(), "The number of addresses that are held."),
});

const subnetAgeSchema = z.object({
  subnet: described(z.string(), "The prefix."),
  since: described(z.string().optional(), "The time when it was added; absent for subnets from the beginning."),
});

const columnsSchema = z.object({
  subnets: described(z.string(), "The prefixes of all subnets."),
  used: described(z.string(), "Addresses that are held, of those that can be handed out, for each family."),
  allowed: described(z.string(), "The namespaces whose pods may join."),
});

export const networkStatusSchema = z.object({
  state: z
    .string()
    .optional()
    .meta({ description: "The state in one word, as in Nodus: Created, Pending, CreateInternalError, Deleting." }),
  observedGeneration: described(z.int().optional(), "The generation of the object that the status is about."),
  conditions: described(z.array(conditionSchema).optional(), "What is right and what is wrong with the network."),
  columns: described(columnsSchema.optional(), "Texts for `kubectl get networks`."),
  subnets: described(z.array(subnetAgeSchema).optional(), "The subnets, and since when each is there."),
  pools: z.array(poolSchema).optional().meta({
    description: "For each family the number of addresses that can be handed out, and the number that is held.",
  }),
  gatewayChassis: z.array(z.string()).optional().meta({
    description: "The chassis that may carry the way out, best first, by the labels of nodes or as configured.",
  }),
});

export type NetworkSpec = z.output<typeof networkSpecSchema>;
export type NetworkStatus = z.output<typeof networkStatusSchema>;
export type LabelSelector = z.output<typeof selectorSchema>;
