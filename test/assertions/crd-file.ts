import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stringify } from "yaml";
import { root } from "#tools/source-files.ts";
import { unknownKeywords } from "./structural-schema.ts";

interface Crd {
  readonly spec: {
    readonly names: { readonly plural: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly [
      {
        readonly schema: { readonly openAPIV3Schema: object };
        readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
      },
    ];
  };
}

/**
 * Tests that the file in deploy/crds is the definition, and that Kubernetes knows all of its schema. `source` is the start of the
 * names of the schema and of the test in `api`: `chain/chain`. UPDATE_GOLDEN=1 writes the file. Gives the parts of the definition.
 */
export function testCrd(source: string, definition: object): Crd["spec"]["names"] & Crd["spec"]["versions"][0] {
  const { names, versions } = (definition as Crd).spec;
  const path = `deploy/crds/${names.plural}.yaml`;
  const header =
    `# Generated from src/api/${source}-schema.ts: ` +
    `UPDATE_GOLDEN=1 node --test test/unit/api/${source}-crd.test.ts\n`;

  test(`${path} is the CRD of the schema`, () => {
    const text = header + stringify(definition, { lineWidth: 120, aliasDuplicateObjects: false });
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(`${root}/${path}`, text);
    assert.equal(readFileSync(`${root}/${path}`, "utf8"), text);
  });

  test("the schema is structural: it has no keyword that Kubernetes does not know", () => {
    assert.deepEqual(unknownKeywords(versions[0].schema.openAPIV3Schema), []);
  });

  return { ...names, ...versions[0] };
}
