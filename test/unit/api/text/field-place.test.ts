import assert from "node:assert/strict";
import { it } from "node:test";
import { elementOf, keyOf } from "#src/api/text/field-place.ts";

it("a place starts with the annotation and goes on with keys and indexes", () => {
  const element = elementOf(keyOf("k8s.plugin.opnfv.org/nfn-network", "interface"), 1);
  assert.equal(keyOf(element, "ipAddress"), "k8s.plugin.opnfv.org/nfn-network: interface[1].ipAddress");
  assert.equal(elementOf(elementOf(keyOf("a", "b"), 0), 2), "a: b[0][2]");
});

it("a place in a list without a key around it has its index behind the annotation", () => {
  assert.equal(keyOf(elementOf("ovnNetwork", 0), "name"), "ovnNetwork: [0].name");
});
