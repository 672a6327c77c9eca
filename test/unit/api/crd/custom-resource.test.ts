import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { customResourceDefinition, structuralSchema } from "#src/api/crd/custom-resource.ts";

test("a definition has one version, whose status is a subresource", () => {
  const definition = customResourceDefinition({
    kind: "Thing",
    singular: "thing",
    plural: "things",
    scope: "Cluster",
    columns: [{ name: "Size", jsonPath: ".status.size" }],
    schema: { type: "object" },
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
          additionalPrinterColumns: [{ name: "Size", type: "string", jsonPath: ".status.size" }],
          schema: { openAPIV3Schema: { type: "object" } },
        },
      ],
    },
  });
});

test("a literal becomes an enum, and a record loses the names of its keys", () => {
  const schema = structuralSchema(z.object({ type: z.literal("a"), labels: z.record(z.string(), z.string()) }));
  assert.deepEqual((schema as { properties: object }).properties, {
    type: { type: "string", enum: ["a"] },
    labels: { type: "object", additionalProperties: { type: "string" } },
  });
});
