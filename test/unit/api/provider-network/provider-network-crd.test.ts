import assert from "node:assert/strict";
import { test } from "node:test";
import { providerNetworkCrd } from "#src/api/provider-network/provider-network-crd.ts";
import { undescribed } from "#test/assertions/structural-schema.ts";
import { testCrd } from "#test/assertions/crd-file.ts";

const { schema, additionalPrinterColumns } = testCrd("provider-network/provider-network", providerNetworkCrd());

test("kubectl explain has a sentence for every field", () => {
  assert.deepEqual(undescribed(schema.openAPIV3Schema), []);
});

test("a VLAN is a number or a text, which Kubernetes has a keyword for", () => {
  const text = JSON.stringify(schema.openAPIV3Schema);
  assert.match(text, /"vlanId":\{[^}]*"x-kubernetes-int-or-string":true/);
  assert.doesNotMatch(text, /anyOf/);
});

test("kubectl get shows the wire, the VLAN and how many nodes carry it", () => {
  assert.deepEqual(
    additionalPrinterColumns.map(({ name }) => name),
    ["State", "Ready", "Wire", "VLAN", "Nodes", "Subnets", "Used", "Age"],
  );
});
