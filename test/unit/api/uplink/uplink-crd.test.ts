import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { uplinkSpecSchema } from "#src/api/uplink/uplink-schema.ts";
import { uplinkCrd } from "#src/api/uplink/uplink-crd.ts";
import { testCrd } from "#test/assertions/crd-file.ts";
import { root } from "#tools/source-files.ts";

testCrd("uplink/uplink", uplinkCrd());

test("the sample is an Uplink", () => {
  const { spec } = parse(readFileSync(`${root}/deploy/samples/networks/uplink.yaml`, "utf8")) as { spec: unknown };
  assert.ok(uplinkSpecSchema.safeParse(spec).success);
});
