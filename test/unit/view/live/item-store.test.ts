import assert from "node:assert/strict";
import { test } from "node:test";
import { ItemStore } from "#src/view/live/item-store.ts";
import { sampleRouter } from "#test/fixtures/view/view-samples.ts";

test("a change has what is new or differs, and the keys of what is gone", () => {
  const store = new ItemStore();
  const [a, b, c] = ["a", "b", "c"].map((name) => sampleRouter(name)) as [
    ReturnType<typeof sampleRouter>,
    never,
    never,
  ];
  assert.deepEqual(store.replace([a, b]), { items: [a, b], gone: [] });
  const down = sampleRouter("a", { ready: "no", reason: "Down" });
  assert.deepEqual(store.replace([down, c]), { items: [down, c], gone: ["router/b"] });
  assert.deepEqual(store.items(), [down, c]);
  assert.equal(store.get("router/a"), down);
});

test("the same objects made anew are no change", () => {
  const store = new ItemStore();
  store.replace([sampleRouter("a")]);
  assert.equal(store.replace([sampleRouter("a")]), undefined);
});
