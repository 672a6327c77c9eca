import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stringify } from "yaml";
import { providerNetworkCrd } from "#src/api/provider-network/provider-network-crd.ts";
import { undescribed, unknownKeywords } from "#test/assertions/structural-schema.ts";
import { root } from "#tools/source-files.ts";

const file = `${root}/deploy/crds/providernetworks.yaml`;
const header =
  "# Generated from src/api/provider-network/provider-network-schema.ts:\n" +
  "# UPDATE_GOLDEN=1 node --test test/unit/api/provider-network/provider-network-crd.test.ts\n";

test("deploy/crds/providernetworks.yaml is the CRD of the schema", () => {
  const text = header + stringify(providerNetworkCrd(), { lineWidth: 120, aliasDuplicateObjects: false });
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});

interface Crd {
  readonly spec: {
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: object };
      readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
    }[];
  };
}

const [version] = (providerNetworkCrd() as Crd).spec.versions;

test("the schema of a ProviderNetwork is structural, and kubectl explain has a sentence for every field", () => {
  assert.deepEqual(unknownKeywords(version?.schema.openAPIV3Schema), []);
  assert.deepEqual(undescribed(version?.schema.openAPIV3Schema), []);
});

test("a VLAN is a number or a text, which Kubernetes has a keyword for", () => {
  const text = JSON.stringify(version?.schema.openAPIV3Schema);
  assert.match(text, /"vlanId":\{[^}]*"x-kubernetes-int-or-string":true/);
  assert.doesNotMatch(text, /anyOf/);
});

test("kubectl get shows the wire, the VLAN and how many nodes carry it", () => {
  const columns = version?.additionalPrinterColumns ?? [];
  assert.deepEqual(
    columns.map(({ name }) => name),
    ["State", "Ready", "Wire", "VLAN", "Nodes", "Subnets", "Used", "Age"],
  );
});
