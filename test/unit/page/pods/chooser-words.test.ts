import assert from "node:assert/strict";
import { test } from "node:test";
import { chooserWords } from "#page/pods/chooser-words.ts";
import { somePolicy, someFloatingIp } from "#test/fixtures/view/some-items.ts";

test("a FloatingIP says whether it leads to the pod, and a policy what it isolates", () => {
  const front = someFloatingIp("shop", "front", "web");
  assert.equal(chooserWords(front, "pod/shop/web"), "203.0.113.5 to 10.1.0.7");
  assert.equal(chooserWords(front, "pod/shop/db"), "203.0.113.5, does not lead here");
  assert.equal(chooserWords(somePolicy("shop", "closed", ["blue"]), "pod/shop/web"), "isolates ingress, 1 rule");
});
