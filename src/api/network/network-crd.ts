import { z } from "zod";
import { networkSpecSchema, networkStatusSchema } from "./network-schema.ts";

/** Names of our own logical switches and routers, which no Network may have. */
export const reservedNetworkNames = ["ovn4nfv-join", "ovn4nfv-master", "ovn4nfv-gateway", "ovn4nfv-external"] as const;

/** The CustomResourceDefinition of Network; deploy/crds/networks.yaml is its YAML. */
export function networkCrd(): object {
  const names = {
    kind: "Network",
    listKind: "NetworkList",
    plural: "networks",
    singular: "network",
    shortNames: ["ovnnet", "ovnnets"],
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "networks.k8s.plugin.opnfv.org" },
    spec: {
      group: "k8s.plugin.opnfv.org",
      names,
      scope: "Namespaced",
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            column("State", ".status.state"),
            column("Ready", '.status.conditions[?(@.type=="Ready")].status'),
            column("Subnets", ".status.columns.subnets"),
            column("Used", ".status.columns.used"),
            column("Allowed", ".status.columns.allowed"),
            { ...column("Age", ".metadata.creationTimestamp"), type: "date" },
          ],
          schema: { openAPIV3Schema: rootSchema() },
        },
      ],
    },
  };
}

function column(name: string, jsonPath: string): object {
  return { name, type: "string", jsonPath };
}

function rootSchema(): object {
  const taken = reservedNetworkNames.map((name) => `'${name}'`).join(", ");
  return {
    description:
      "A virtual network: a logical switch of OVN with ranges of addresses, which pods join by its name. Its name is that " +
      "of the switch, so that it is global although the object stands in a namespace: of two Networks with one name, " +
      "whatever their namespaces, the second is refused.",
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: { description: "What the network is to be.", ...openApi(networkSpecSchema) },
      status: { description: "What the network is. Only the controller writes it.", ...openApi(networkStatusSchema) },
    },
    "x-kubernetes-validations": [
      {
        rule: `!(self.metadata.name in [${taken}])`,
        message: "the name is that of a switch or router of ovn4nfv itself",
      },
    ],
  };
}

/**
 * Makes a structural schema: Kubernetes knows neither `const` nor `propertyNames`, and drops fields that are not named.
 */
function openApi(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
    override: ({ jsonSchema }) => {
      const node: Record<string, unknown> = jsonSchema;
      delete node["propertyNames"];
      delete node["$schema"];
      if (node["const"] !== undefined) {
        node["enum"] = [node["const"]];
        delete node["const"];
      }
    },
  });
}
