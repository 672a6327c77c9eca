// Makes CustomResourceDefinitions from zod schemas, so that what the API server checks and what the product reads are one.
import * as z from "zod";

export interface PrinterColumn {
  readonly name: string;
  readonly jsonPath: string;
  /** The default is a text. */
  readonly type?: "date";
}

/** A part of an object: its spec, or its status. */
interface ObjectPart {
  readonly description: string;
  readonly schema: z.ZodType;
}

export interface CustomResource {
  readonly kind: string;
  /** Lower case, without the plural's ending. */
  readonly singular: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  /** The age of an object is the last column of every kind, and is not named here. */
  readonly columns: readonly PrinterColumn[];
  readonly description: string;
  /** Undefined for a kind that nobody writes but us. */
  readonly spec?: ObjectPart;
  /** A spec that an object may be without. */
  readonly optionalSpec?: ObjectPart;
  readonly status: ObjectPart;
  /** The rules of a whole object, in CEL. */
  readonly rules?: readonly { readonly rule: string; readonly message: string }[];
}

const group = "k8s.plugin.opnfv.org";

/** The column of the condition that every kind has. */
export const readyColumn: PrinterColumn = {
  name: "Ready",
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
};
const ageColumn: PrinterColumn = { name: "Age", jsonPath: ".metadata.creationTimestamp", type: "date" };

/** The definition of one of our kinds, of which there is one version. Its status is a subresource. */
export function customResourceDefinition(resource: CustomResource): object {
  const { kind, singular, plural, shortNames, scope, columns } = resource;
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
          additionalPrinterColumns: [...columns, ageColumn].map(({ name, jsonPath, type = "string" }) => {
            return { name, type, jsonPath };
          }),
          schema: { openAPIV3Schema: objectSchema(resource) },
        },
      ],
    },
  };
}

function objectSchema({ description, spec, optionalSpec = spec, status, rules }: CustomResource): object {
  const part = ({ description: text, schema }: ObjectPart) => ({ description: text, ...structuralSchema(schema) });
  return {
    description,
    type: "object",
    ...(spec === undefined ? {} : { required: ["spec"] }),
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      ...(optionalSpec === undefined ? {} : { spec: part(optionalSpec) }),
      status: part(status),
    },
    ...(rules === undefined ? {} : { "x-kubernetes-validations": rules }),
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
