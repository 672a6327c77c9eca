import assert from "node:assert/strict";
import { it } from "node:test";
import { attachedInterfaces } from "#src/api/multus/network-status.ts";

const key = "k8s.v1.cni.cncf.io/network-status";

it("the interfaces of the status are named, and a text that nobody can read names none", () => {
  const text = JSON.stringify([{ name: "flannel" }, { name: "shop/blue", interface: "net2" }]);
  assert.deepEqual([...attachedInterfaces({ [key]: text })], ["net2"]);
  for (const odd of ["{", "{}", "[1]"]) assert.deepEqual([...attachedInterfaces({ [key]: odd })], []);
  assert.deepEqual([...attachedInterfaces({})], []);
});
