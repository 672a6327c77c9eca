import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stringify } from "yaml";
import { networkCrd } from "#src/api/network/network-crd.ts";
import { undescribed, unknownKeywords } from "#test/assertions/structural-schema.ts";
import { root } from "#tools/source-files.ts";

const file = `${root}/deploy/crds/networks.yaml`;
const header =
  "# Generated from src/api/network/network-schema.ts: UPDATE_GOLDEN=1 node --test test/unit/api/network/network-crd.test.ts\n";

test("deploy/crds/networks.yaml is the CRD of the schema", () => {
  const text = header + stringify(networkCrd(), { lineWidth: 120, aliasDuplicateObjects: false });
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});

interface Crd {
  readonly spec: {
    readonly names: { readonly shortNames: readonly string[] };
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: object };
      readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
    }[];
  };
}

const crd = networkCrd() as Crd;
const [version] = crd.spec.versions;

test("the schema is structural: it has no keyword that Kubernetes does not know", () => {
  assert.deepEqual(unknownKeywords(version?.schema.openAPIV3Schema), []);
});

test("kubectl explain has a sentence for every field", () => {
  assert.deepEqual(undescribed(version?.schema.openAPIV3Schema), []);
});

test("a manifest may leave cniType out, and the name of the kind is short", () => {
  const text = JSON.stringify(version?.schema.openAPIV3Schema);
  assert.match(text, /"cniType":\{[^}]*"default":"ovn4nfv"/);
  assert.doesNotMatch(text, /"required":\[[^\]]*"cniType"/);
  assert.deepEqual(crd.spec.names.shortNames, ["ovnnet", "ovnnets"]);
});

test("kubectl get shows every subnet, how full the network is, who may join, and the age", () => {
  // A column shows the first match of its path only, so that a path with [*] would hide the other subnets.
  const columns = version?.additionalPrinterColumns ?? [];
  assert.deepEqual(
    columns.map(({ name }) => name),
    ["State", "Ready", "Subnets", "Used", "Allowed", "Age"],
  );
  assert.ok(columns.every(({ jsonPath }) => !jsonPath.includes("[*]")));
});

test("the description of the kind says that names are global", () => {
  assert.match(
    JSON.stringify(version?.schema.openAPIV3Schema),
    /it is global although the object stands in a namespace/,
  );
});
