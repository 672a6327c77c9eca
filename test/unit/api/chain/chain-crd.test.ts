import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stringify } from "yaml";
import { chainCrd } from "#src/api/chain/chain-crd.ts";
import { root } from "#tools/source-files.ts";

const file = `${root}/deploy/crds/networkchainings.yaml`;
const header =
  "# Generated from src/api/chain/chain-schema.ts: UPDATE_GOLDEN=1 node --test test/unit/api/chain/chain-crd.test.ts\n";

test("deploy/crds/networkchainings.yaml is the CRD of the schema", () => {
  const text = header + stringify(chainCrd(), { lineWidth: 120, aliasDuplicateObjects: false });
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});
