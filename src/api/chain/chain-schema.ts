// The NetworkChaining custom resource (k8s.plugin.opnfv.org/v1alpha1) as one zod schema: its CRD is generated from it
// (chain-crd.ts), and what the API server sends is read with it. Manifests of Nodus fit as they are.
import * as z from "zod";
import { conditionSchemaOf } from "../crd/condition.ts";

const described = <T extends z.ZodType>(schema: T, description: string) => schema.meta({ description });

const labelsSchema = (whose: string) =>
  z
    .object({
      matchLabels: described(z.record(z.string(), z.string()).optional(), "Labels with their values."),
    })
    .optional()
    .meta({
      description: `Selects ${whose} in manifests of Nodus. It is not used: all pods of the network are chained.`,
    });

const endSchema = (side: "left" | "right") =>
  z
    .object({
      networkName: z
        .string()
        .max(253)
        .optional()
        .meta({ description: `The Network at the ${side} end, where networkChain does not name it.` }),
      gatewayIp: described(z.string().max(64).optional(), "It is not used: the gateway of the Network is."),
      subnet: described(z.string().max(64).optional(), "It is not used: the subnets of the Network are."),
      podSelector: labelsSchema("pods"),
      namespaceSelector: labelsSchema("namespaces"),
    })
    .meta({ description: `One description of the ${side} end.` });

const endsSchema = (side: "left" | "right") => z.array(endSchema(side)).max(16).optional();

const routingSchema = z.object({
  namespace: described(z.string().max(63).optional(), "The namespace of the chain itself. It can be left out."),
  networkChain: z
    .string()
    .min(3)
    .max(2048)
    .meta({
      description:
        "The way from left to right, with commas between: networks as net=NAME and between them functions by their " +
        "labels, as in net=left,app=firewall,net=middle,app=proxy,net=right. NAME is the name of a Network, or " +
        "the value of the label net of one in this namespace. Several labels between two networks must all be there.",
    }),
  left: described(endsSchema("left"), "The left end, where networkChain does not begin with a network."),
  right: described(endsSchema("right"), "The right end, where networkChain does not end with a network."),
});

export const chainSpecSchema = z.object({
  chainType: z.literal("Routing").default("Routing").meta({
    description: "Always Routing, which is the default: the router sends the traffic to the functions.",
  }),
  routingSpec: described(routingSchema, "The networks and functions of the chain."),
  onFailure: z.enum(["Drop", "Bypass"]).default("Drop").meta({
    description:
      "What becomes of the traffic while a function has no ready pod. Drop: nothing passes. Bypass: the function is left out.",
  }),
});

const replicaSchema = z.object({
  name: described(z.string(), "The name of the pod."),
  slices: described(z.int(), "The number of slices that the pod carries."),
});

const hopSchema = z.object({
  name: described(z.string(), "The labels of the function."),
  left: described(z.string(), "The network on its left."),
  right: described(z.string(), "The network on its right."),
  pods: described(z.array(replicaSchema), "The ready pods that carry traffic."),
  slices: described(z.int(), "The number of slices that are carried: all 64, or none."),
});

export const chainStatusSchema = z.object({
  state: described(z.string().optional(), "The state in one word, as in Nodus: Created, CreateInternalError."),
  observedGeneration: described(z.int().optional(), "The generation of the object that the status is about."),
  conditions: z
    .array(
      conditionSchemaOf(
        "Ready: the traffic between the ends passes as the chain says. Degraded: a function is not as it should be. " +
          "RoutesAsked: the pods of functions have asked for routes to the ends; those that have not may set them themselves.",
      ),
    )
    .optional()
    .meta({ description: "What is right and what is wrong with the chain." }),
  hops: described(z.array(hopSchema).optional(), "The functions in order, from left to right."),
  path: described(z.string().optional(), "The networks and functions with their numbers of pods, for `kubectl get`."),
});

export type ChainSpec = z.output<typeof chainSpecSchema>;
export type ChainStatus = z.output<typeof chainStatusSchema>;
