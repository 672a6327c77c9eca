import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stringify } from "yaml";
import { tapCrd } from "#src/api/tap/tap-crd.ts";
import { root } from "#tools/source-files.ts";

const file = `${root}/deploy/crds/taps.yaml`;
const header =
  "# Generated from src/api/tap/tap-schema.ts: UPDATE_GOLDEN=1 node --test test/unit/api/tap/tap-crd.test.ts\n";

test("deploy/crds/taps.yaml is the CRD of the schema", () => {
  const text = header + stringify(tapCrd(), { lineWidth: 120, aliasDuplicateObjects: false });
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});
