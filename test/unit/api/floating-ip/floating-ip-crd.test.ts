import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { floatingIpSpecSchema } from "#src/api/floating-ip/floating-ip-schema.ts";
import { floatingIpCrd } from "#src/api/floating-ip/floating-ip-crd.ts";
import { testCrd } from "#test/assertions/crd-file.ts";
import { root } from "#tools/source-files.ts";

testCrd("floating-ip/floating-ip", floatingIpCrd());

test("the sample is a FloatingIP", () => {
  const { spec } = parse(readFileSync(`${root}/deploy/samples/networks/floating-ip.yaml`, "utf8")) as { spec: unknown };
  assert.ok(floatingIpSpecSchema.safeParse(spec).success);
});
