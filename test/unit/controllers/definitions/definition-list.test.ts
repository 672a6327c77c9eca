import assert from "node:assert/strict";
import { test } from "node:test";
import { definitionList, listChanges } from "#src/controllers/definitions/definition-list.ts";

test("definitions are listed by namespace, in the same order whatever the order given", () => {
  const keys = ["shop/red", "kube-system/ovn4nfv", "shop/blue"];
  const data = { "kube-system": "ovn4nfv", shop: "blue red" };
  assert.deepEqual(definitionList(keys), { data, left: 0 });
  assert.deepEqual(definitionList(keys.toReversed()).data, data);
});

test("what does not fit into a ConfigMap is left out and counted", () => {
  const many = Array.from({ length: 10_000 }, (_, n) => `shop/${"x".repeat(200)}-${n}`);
  const { data, left } = definitionList(many);
  const bytes = Buffer.byteLength(JSON.stringify(data));
  assert.ok(bytes < 1_000_000 && bytes > 800_000, String(bytes));
  assert.equal(left, many.length - (data["shop"] ?? "").split(" ").length);
});

test("only what differs is written, and a namespace without definitions is removed", () => {
  const stored = new Map(Object.entries({ shop: "blue", gone: "old", same: "a b" }));
  assert.deepEqual(listChanges(stored, { shop: "blue red", same: "a b" }), { shop: "blue red", gone: null });
  assert.equal(listChanges(stored, Object.fromEntries(stored)), undefined);
});
