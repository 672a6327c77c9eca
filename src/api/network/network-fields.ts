// The fields that Network and ProviderNetwork have in common: which addresses there are, what pods are told, and who may
// join.
import * as z from "zod";
import { leastIpv6Mtu } from "#src/net/mtu.ts";

/** A validation rule of Kubernetes in CEL; `oldSelf` makes it a rule for changes. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

export const rules = (...list: readonly Rule[]) => ({ "x-kubernetes-validations": list });

/** Keeps a field as the object was created with it, also where it was left out. `kind` is what users make another of. */
export const neverChanges = (field: string, kind: string): Rule => ({
  rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
  message: `${field} cannot be changed; make another ${kind}`,
});

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
          message: "a subnet cannot be changed or removed while the network exists; add one, or make another network",
        },
        {
          rule:
            "oldSelf.all(o, self.all(s, s.subnet != o.subnet || " +
            "(has(s.gateway) ? s.gateway : '') == (has(o.gateway) ? o.gateway : '')))",
          message: "the gateway of a subnet cannot be changed while the network exists",
        },
      ),
    });

export const described = <T extends z.ZodType>(schema: T, description: string) => schema.meta({ description });

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

/** A label selector of Kubernetes (metav1.LabelSelector). `subject` says what it selects. */
export function selectorSchemaFor(subject: "namespace" | "node" | "pod") {
  return z.object({
    matchLabels: described(z.record(z.string(), z.string()).optional(), `Labels that the ${subject} must have.`),
    matchExpressions: described(
      z.array(requirementSchema).max(32).optional(),
      "Requirements that its labels must meet.",
    ),
  });
}

export type LabelSelector = z.output<ReturnType<typeof selectorSchemaFor>>;

/** The namespaces that an owner admits, by their names or labels. */
export function namespacesSchema() {
  return z.object({
    names: described(z.array(z.string().max(63)).max(256).optional(), "Names of namespaces."),
    selector: described(selectorSchemaFor("namespace").optional(), "Selects namespaces by their labels."),
  });
}

/** The namespaces whose chains may use a network. */
export const allowChainsField = z
  .object({
    names: described(z.array(z.string().max(63)).max(256).optional(), "Names of namespaces."),
  })
  .optional()
  .meta({
    description:
      "The namespaces whose NetworkChainings may send traffic of this network through functions, and may let their " +
      "pods forward packets here. Without the field it is the namespace of the network.",
  });

/** The namespaces whose taps may look at a network. */
export const allowTapsField = z
  .object({
    names: described(z.array(z.string().max(63)).max(256).optional(), "Names of namespaces."),
  })
  .optional()
  .meta({
    description:
      "The namespaces whose Taps may copy what interfaces in this network send and receive. Without the field it is the " +
      "namespace of the network.",
  });

const namedPoolSchema = z.object({
  name: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .meta({ description: "The name by which pods and labels of namespaces choose the pool." }),
  range: z
    .string()
    .min(1)
    .max(1024)
    .meta({
      description:
        "The addresses, in the subnets: a prefix, as 10.1.0.64/26, or the first and last one, as 10.1.0.100-10.1.0.199 or " +
        "10.1.0.100..10.1.0.199. Several of either family stand with commas between.",
    }),
  allowedNamespaces: described(
    namespacesSchema().optional(),
    "The namespaces that may choose the pool: the named ones and those that match. Without the field all that may join " +
      "the network may.",
  ),
});

/** The fields, as the properties of a schema. */
export const networkFields = {
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
  pools: z
    .array(namedPoolSchema)
    .max(32)
    .optional()
    .meta({
      description:
        "Parts of the subnets that only those get who choose them: a pod by `pool` in its request, or a namespace by its label " +
        "k8s.plugin.opnfv.org/pool. A pool can be added, changed and removed at any time: pods keep the addresses that they have.",
    }),
  macPrefix: z
    .string()
    .regex(/^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){0,4}$/)
    .optional()
    .meta({ description: "First bytes of automatic MAC addresses." }),
  portSecurity: z
    .enum(["full", "mac", "off"])
    .optional()
    .meta({
      description:
        "What OVN filters of what pods send: full (the default) by MAC and addresses, mac by the MAC alone, off nothing. In each case " +
        "pods get only frames to their own MAC. It holds for pods that are created afterwards.",
    }),
  allowedAddresses: z
    .array(cidr())
    .max(64)
    .optional()
    .meta({
      description:
        "Addresses and prefixes that a pod may ask to send from besides its own, such as a virtual address that moves between " +
        "pods. They are not handed out.",
    }),
  networksReady: z
    .boolean()
    .optional()
    .meta({
      description:
        "True when pods that join are to be Ready only while their interfaces are up, as if each request said networksReady. It " +
        "holds for pods that are created afterwards.",
    }),
  dhcp: z
    .boolean()
    .optional()
    .meta({
      description:
        "True when OVN answers the DHCP requests of guests, such as virtual machines behind the interfaces of pods. Each pod says " +
        "which of its interfaces is a guest's. It holds for pods that are created afterwards.",
    }),
  allowedNamespaces: described(
    namespacesSchema().optional(),
    "The namespaces whose pods may join: the named ones and those that match. Without the field pods of all " +
      "namespaces may join; with adopt those that the switch itself names.",
  ),
};

/** The rules that keep the lists of subnets on an object. */
export const subnetsStay: readonly Rule[] = [
  {
    rule: "!has(oldSelf.ipv4Subnets) || size(oldSelf.ipv4Subnets) == 0 || has(self.ipv4Subnets)",
    message: "ipv4Subnets cannot be removed while the network exists",
  },
  {
    rule: "!has(oldSelf.ipv6Subnets) || size(oldSelf.ipv6Subnets) == 0 || has(self.ipv6Subnets)",
    message: "ipv6Subnets cannot be removed while the network exists",
  },
];

export const mtuForIpv6: Rule = {
  rule: `!has(self.mtu) || self.mtu >= ${leastIpv6Mtu} || !has(self.ipv6Subnets) || size(self.ipv6Subnets) == 0`,
  message: `mtu must be at least ${leastIpv6Mtu} with an IPv6 subnet`,
};

const poolSchema = z.object({
  name: described(z.string().optional(), "The name of the pool; absent for the addresses that are in none."),
  family: described(z.enum(["IPv4", "IPv6"]), "The family of the addresses."),
  capacity: described(z.string(), "The number of addresses that can be handed out."),
  used: described(z.string(), "The number of addresses that are held."),
});

const subnetAgeSchema = z.object({
  subnet: described(z.string(), "The prefix."),
  since: described(z.string().optional(), "The time when it was added; absent for subnets from the beginning."),
});

/** The texts for people that the status of every network has. */
export const networkColumnFields = {
  subnets: described(z.string(), "The prefixes of all subnets."),
  used: described(z.string(), "Addresses that are held, of those that can be handed out, for each family."),
  allowed: described(z.string(), "The namespaces whose pods may join."),
};

/** The fields that the status of every network has. `plural` is the name of the kind for kubectl. */
export function networkStatusFields<Condition extends z.ZodType, Columns extends z.ZodType>(
  plural: string,
  condition: Condition,
  columns: Columns,
) {
  return {
    state: z
      .string()
      .optional()
      .meta({ description: "The state in one word, as in Nodus: Created, Pending, CreateInternalError, Deleting." }),
    observedGeneration: described(z.int().optional(), "The generation of the object that the status is about."),
    conditions: described(z.array(condition).optional(), "What is right and what is wrong with the network."),
    columns: described(columns.optional(), `Texts for \`kubectl get ${plural}\`.`),
    subnets: described(z.array(subnetAgeSchema).optional(), "The subnets, and since when each is there."),
    pools: z
      .array(poolSchema)
      .optional()
      .meta({
        description:
          "For each family the number of addresses that can be handed out, and the number that is held: of those in no pool " +
          "first, and then of each pool.",
      }),
  };
}
