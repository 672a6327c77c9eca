// Makes CustomResourceDefinitions from zod schemas, so that what the API server checks and what the product reads are one.
import { z } from "zod";

export interface PrinterColumn {
  readonly name: string;
  readonly jsonPath: string;
  /** The default is a text. */
  readonly type?: "date";
}

export interface CustomResource {
  readonly kind: string;
  /** Lower case, without the plural's ending. */
  readonly singular: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  readonly columns: readonly PrinterColumn[];
  /** The schema of the whole object. */
  readonly schema: object;
}

const group = "k8s.plugin.opnfv.org";

/** The definition of one of our kinds, of which there is one version. Its status is a subresource. */
export function customResourceDefinition(resource: CustomResource): object {
  const { kind, singular, plural, shortNames, scope, columns, schema } = resource;
  const names = { kind, listKind: `${kind}List`, plural, singular };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: shortNames === undefined ? names : { ...names, shortNames },
      scope,
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns.map(({ name, jsonPath, type = "string" }) => ({ name, type, jsonPath })),
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

/**
 * Makes a structural schema: Kubernetes knows neither `const` nor `propertyNames`, has a keyword of its own for a number or a
 * text, and drops fields that are not named.
 */
export function structuralSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
    override: ({ jsonSchema }) => {
      const node: Record<string, unknown> = jsonSchema;
      delete node["propertyNames"];
      delete node["$schema"];
      if (node["x-kubernetes-int-or-string"] === true) delete node["anyOf"];
      if (node["const"] !== undefined) {
        node["enum"] = [node["const"]];
        delete node["const"];
      }
    },
  });
}
