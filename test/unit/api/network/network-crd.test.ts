import assert from "node:assert/strict";
import { test } from "node:test";
import { networkCrd } from "#src/api/network/network-crd.ts";
import { undescribed } from "#test/assertions/structural-schema.ts";
import { testCrd } from "#test/assertions/crd-file.ts";

const { schema, additionalPrinterColumns, shortNames } = testCrd("network/network", networkCrd());

test("kubectl explain has a sentence for every field", () => {
  assert.deepEqual(undescribed(schema.openAPIV3Schema), []);
});

test("a manifest may leave cniType out, and the name of the kind is short", () => {
  const text = JSON.stringify(schema.openAPIV3Schema);
  assert.match(text, /"cniType":\{[^}]*"default":"ovn4nfv"/);
  assert.doesNotMatch(text, /"required":\[[^\]]*"cniType"/);
  assert.deepEqual(shortNames, ["ovnnet", "ovnnets"]);
});

test("kubectl get shows every subnet, how full the network is, who may join, and the age", () => {
  // A column shows the first match of its path only, so that a path with [*] would hide the other subnets.
  assert.deepEqual(
    additionalPrinterColumns.map(({ name }) => name),
    ["State", "Ready", "Subnets", "Used", "Allowed", "Age"],
  );
  assert.ok(additionalPrinterColumns.every(({ jsonPath }) => !jsonPath.includes("[*]")));
});

test("the description of the kind says that names are global", () => {
  assert.match(JSON.stringify(schema.openAPIV3Schema), /it is global although the object stands in a namespace/);
});
