import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { parse, stringify } from "yaml";
import { floatingIpSpecSchema } from "#src/api/floating-ip/floating-ip-schema.ts";
import { floatingIpCrd } from "#src/api/floating-ip/floating-ip-crd.ts";
import { unknownKeywords } from "#test/assertions/structural-schema.ts";
import { root } from "#tools/source-files.ts";

const file = `${root}/deploy/crds/floatingips.yaml`;
const header =
  "# Generated from src/api/floating-ip/floating-ip-schema.ts: UPDATE_GOLDEN=1 node --test test/unit/api/floating-ip/floating-ip-crd.test.ts\n";

test("deploy/crds/floatingips.yaml is the CRD of the schema", () => {
  const text = header + stringify(floatingIpCrd(), { lineWidth: 120, aliasDuplicateObjects: false });
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});

test("the schema is structural: it has no keyword that Kubernetes does not know", () => {
  const crd = floatingIpCrd() as { spec: { versions: readonly { schema: { openAPIV3Schema: object } }[] } };
  assert.deepEqual(unknownKeywords(crd.spec.versions[0]?.schema.openAPIV3Schema), []);
});

test("the sample is a FloatingIP", () => {
  const { spec } = parse(readFileSync(`${root}/deploy/samples/networks/floating-ip.yaml`, "utf8")) as { spec: unknown };
  assert.ok(floatingIpSpecSchema.safeParse(spec).success);
});
