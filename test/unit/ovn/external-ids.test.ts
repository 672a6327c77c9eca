import assert from "node:assert/strict";
import { test } from "node:test";
import { externalId, externalIdEntries, fenceKey } from "#src/ovn/external-ids.ts";

test("a key of ours carries the prefix of our annotations", () => {
  assert.equal(externalId("allocation"), "k8s.plugin.opnfv.org/allocation");
});

test("each replica has a fence key of its own", () => {
  assert.equal(fenceKey("webhook-1"), "k8s.plugin.opnfv.org/fence-webhook-1");
  assert.notEqual(fenceKey("a"), fenceKey("b"));
});

test("every key is explained with a meaning and an example", () => {
  for (const [name, { meaning, example }] of Object.entries(externalIdEntries)) {
    assert.ok(meaning.length > 10 && example.length > 0, name);
  }
});
