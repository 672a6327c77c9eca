import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { parse, stringify } from "yaml";
import { uplinkSpecSchema } from "#src/api/uplink/uplink-schema.ts";
import { uplinkCrd } from "#src/api/uplink/uplink-crd.ts";
import { unknownKeywords } from "#test/assertions/structural-schema.ts";
import { root } from "#tools/source-files.ts";

const file = `${root}/deploy/crds/uplinks.yaml`;
const header =
  "# Generated from src/api/uplink/uplink-schema.ts: UPDATE_GOLDEN=1 node --test test/unit/api/uplink/uplink-crd.test.ts\n";

test("deploy/crds/uplinks.yaml is the CRD of the schema", () => {
  const text = header + stringify(uplinkCrd(), { lineWidth: 120, aliasDuplicateObjects: false });
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});

test("the schema is structural: it has no keyword that Kubernetes does not know", () => {
  const crd = uplinkCrd() as { spec: { versions: readonly { schema: { openAPIV3Schema: object } }[] } };
  assert.deepEqual(unknownKeywords(crd.spec.versions[0]?.schema.openAPIV3Schema), []);
});

test("the sample is an Uplink", () => {
  const { spec } = parse(readFileSync(`${root}/deploy/samples/networks/uplink.yaml`, "utf8")) as { spec: unknown };
  assert.ok(uplinkSpecSchema.safeParse(spec).success);
});
