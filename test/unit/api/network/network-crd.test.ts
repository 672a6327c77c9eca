import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stringify } from "yaml";
import { networkCrd } from "#src/api/network/network-crd.ts";
import { root } from "#tools/source-files.ts";

const file = `${root}/deploy/crds/networks.yaml`;
const header =
  "# Generated from src/api/network/network-schema.ts: UPDATE_GOLDEN=1 node --test test/unit/api/network/network-crd.test.ts\n";

test("deploy/crds/networks.yaml is the CRD of the schema", () => {
  const text = header + stringify(networkCrd(), { lineWidth: 120, aliasDuplicateObjects: false });
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});

/** The keywords of a structural schema of Kubernetes (apiextensions v1 JSONSchemaProps) that we use. */
const keywords = new Set([
  "type",
  "properties",
  "required",
  "items",
  "enum",
  "description",
  "format",
  "pattern",
  "minimum",
  "maximum",
  "maxItems",
  "maxLength",
  "additionalProperties",
  "x-kubernetes-validations",
]);

function unknownKeywords(node: unknown): readonly string[] {
  if (typeof node !== "object" || node === null || Array.isArray(node)) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (!keywords.has(key)) return [key];
    if (key === "properties") return Object.values(value as object).flatMap(unknownKeywords);
    return key === "items" || key === "additionalProperties" ? unknownKeywords(value) : [];
  });
}

test("the schema is structural: it has no keyword that Kubernetes does not know", () => {
  const { spec } = networkCrd() as { spec: { versions: readonly { schema: { openAPIV3Schema: unknown } }[] } };
  assert.deepEqual(unknownKeywords(spec.versions[0]?.schema.openAPIV3Schema), []);
});
