import assert from "node:assert/strict";
import { test } from "node:test";
import { changedHandler } from "#src/kube/informer/changed-handler.ts";

test("an object that came, went or is another than before is looked at, and one that is the same is not", () => {
  let looks = 0;
  const handler = changedHandler(() => {
    looks += 1;
  });
  handler.added?.({ name: "a" });
  handler.updated?.({ name: "a", ports: [1] }, { name: "a", ports: [1] });
  assert.equal(looks, 1);
  handler.updated?.({ name: "a", ports: [1] }, { name: "a", ports: [2] });
  handler.deleted?.({ name: "a" });
  assert.equal(looks, 3);
});
