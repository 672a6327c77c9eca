import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { customResourceDefinition, structuralSchema } from "#src/api/crd/custom-resource.ts";

test("a definition has one version, whose status is a subresource", () => {
  const definition = customResourceDefinition({
    kind: "Thing",
    singular: "thing",
    plural: "things",
    scope: "Cluster",
    columns: [{ name: "Size", jsonPath: ".status.size" }],
    description: "What it is.",
    status: { description: "What we see.", schema: z.object({ size: z.string() }) },
  });
  assert.deepEqual(definition, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.k8s.plugin.opnfv.org" },
    spec: {
      group: "k8s.plugin.opnfv.org",
      names: { kind: "Thing", listKind: "ThingList", plural: "things", singular: "thing" },
      scope: "Cluster",
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: "Size", type: "string", jsonPath: ".status.size" },
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          ],
          schema: {
            openAPIV3Schema: {
              description: "What it is.",
              type: "object",
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
                status: {
                  description: "What we see.",
                  type: "object",
                  properties: { size: { type: "string" } },
                  required: ["size"],
                },
              },
            },
          },
        },
      ],
    },
  });
});

test("a kind that users write requires its spec, and has the rules of the whole object", () => {
  const rules = [{ rule: "true", message: "never said" }];
  const part = { description: "A part.", schema: z.object({}) };
  const common = { kind: "Thing", singular: "thing", plural: "things", scope: "Cluster", columns: [] } as const;
  const definition = customResourceDefinition({ ...common, description: "", spec: part, status: part, rules });
  const { schema } = (definition as { spec: { versions: [{ schema: { openAPIV3Schema: Record<string, unknown> } }] } })
    .spec.versions[0];
  const { required, properties, "x-kubernetes-validations": validations } = schema.openAPIV3Schema;
  assert.deepEqual([required, validations], [["spec"], rules]);
  assert.deepEqual(Object.keys(properties as object), ["apiVersion", "kind", "metadata", "spec", "status"]);
});

test("a literal becomes an enum, and a record loses the names of its keys", () => {
  const schema = structuralSchema(z.object({ type: z.literal("a"), labels: z.record(z.string(), z.string()) }));
  assert.deepEqual((schema as { properties: object }).properties, {
    type: { type: "string", enum: ["a"] },
    labels: { type: "object", additionalProperties: { type: "string" } },
  });
});
