import assert from "node:assert/strict";
import { test } from "node:test";
import { addressesOfPod, wordsOfPod } from "#page/pods/pod-words.ts";
import { somePod } from "#test/fixtures/view/some-items.ts";

test("a pod is found by its node, its networks and its addresses", () => {
  const words = wordsOfPod(somePod("shop", "web-0", ["blue", "red"], "n1"));
  for (const word of ["bound", "n1", "blue", "red", "10.0.0.7", "10.1.0.7"]) assert.ok(words.includes(word), word);
});

test("one interface needs no name, and several do", () => {
  assert.equal(addressesOfPod(somePod("shop", "web-0", ["blue"])), "10.0.0.7");
  assert.equal(addressesOfPod(somePod("shop", "web-0", ["blue", "red"])), "net0 10.0.0.7; net1 10.1.0.7");
  assert.equal(addressesOfPod(somePod("shop", "web-0")), "");
});
