// The Tap custom resource (k8s.plugin.opnfv.org/v1alpha1): copies of what interfaces of pods send and receive, for one
// interface or host that only looks. Its CRD is generated from this schema (tap-crd.ts).
import * as z from "zod";
import { conditionSchemaOf } from "../crd/condition.ts";
import { described, rules, selectorSchemaFor } from "../network/network-fields.ts";

/** The status names no more of its sources than these. */
export const maxListedSources = 256;

const sourcesSchema = z
  .object({
    podSelector: described(
      selectorSchemaFor("pod").optional(),
      "Selects pods of the tap's namespace. Without network all their interfaces count.",
    ),
    network: described(
      z.string().min(1).max(253).optional(),
      "The Network or ProviderNetwork whose interfaces count. Without podSelector they are those of pods of all namespaces.",
    ),
  })
  .meta(
    rules({
      rule: "has(self.podSelector) || has(self.network)",
      message: "sources needs podSelector, network, or both",
    }),
  );

const greSchema = z.object({
  address: described(z.string().max(64), "The address that gets the copies, by GRE from the node of each source."),
  key: described(z.int().min(0).max(0xffff_ffff).optional(), "The key of the tunnel. Default: packets without a key."),
});

const sinkSchema = z
  .object({
    podSelector: described(
      selectorSchemaFor("pod").optional(),
      "Selects the pod that gets the copies, in the tap's namespace. Of several with such an interface it is the oldest.",
    ),
    interface: z.string().min(1).max(15).optional().meta({
      description: "The interface in that pod, one that asks for `tap`. Default: the first one by name.",
    }),
    gre: described(
      greSchema.optional(),
      "In place of a pod: a host outside, in one of the prefixes that the controller's flag --tap-targets names.",
    ),
  })
  .meta(
    rules(
      { rule: "has(self.podSelector) != has(self.gre)", message: "a sink has either podSelector or gre" },
      { rule: "!has(self.interface) || has(self.podSelector)", message: "interface stands beside podSelector" },
    ),
  );

export const tapDirections = ["ingress", "egress", "both"] as const;

export const tapSpecSchema = z.object({
  sources: described(sourcesSchema, "The interfaces whose packets are copied."),
  direction: z.enum(tapDirections).default("both").meta({
    description: "What is copied: ingress is what the interfaces receive, egress what they send. Default: both.",
  }),
  sink: described(sinkSchema, "Who gets the copies."),
});

const sourceSchema = z.object({
  pod: described(z.string(), "The pod with its namespace."),
  interface: described(z.string(), "The interface in the pod."),
  network: described(z.string(), "The network in which the interface is."),
  node: described(z.string(), "The node of the pod; empty while it has none."),
  state: described(
    z.enum(["Mirrored", "Waiting", "Refused"]),
    "Mirrored: its packets are copied. Waiting: not yet. Refused: the message says why not.",
  ),
  message: described(z.string().optional(), "Why it is not mirrored."),
});

const columnsSchema = z.object({
  sources: described(z.string(), "The number of interfaces that are mirrored, of all."),
  sink: described(z.string(), "Who gets the copies."),
});

export const tapStatusSchema = z.object({
  observedGeneration: described(z.int().optional(), "The generation of the object that the status is about."),
  conditions: described(
    z.array(conditionSchemaOf("Ready: the sink gets copies of all packets of all sources.")).optional(),
    "What is right and what is wrong with the tap.",
  ),
  columns: described(columnsSchema.optional(), "Texts for `kubectl get taps`."),
  sources: described(
    z.array(sourceSchema).max(maxListedSources).optional(),
    `The interfaces, those that are not mirrored first; ${maxListedSources} at most.`,
  ),
});

export type TapSpec = z.output<typeof tapSpecSchema>;
export type TapStatus = z.output<typeof tapStatusSchema>;
export type TapSource = z.output<typeof sourceSchema>;
export type TapDirection = TapSpec["direction"];
