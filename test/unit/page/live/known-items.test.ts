import assert from "node:assert/strict";
import { test } from "node:test";
import { effect } from "@preact/signals";
import { KnownItems } from "#page/live/known-items.ts";
import { somePod, someRouter } from "#test/fixtures/view/some-items.ts";

test("items of a kind come in the order of namespaces and names, and those that are gone do not", () => {
  const store = new KnownItems();
  store.replaceAll([somePod("shop", "b"), somePod("shop", "a"), somePod("a", "z"), someRouter("edge")]);
  assert.deepEqual(
    store.all("pod").map(({ key }) => key),
    ["pod/a/z", "pod/shop/a", "pod/shop/b"],
  );
  store.change([somePod("shop", "c")], ["pod/shop/a", "router/none"]);
  assert.deepEqual(
    store.all("pod").map(({ name }) => name),
    ["z", "b", "c"],
  );
  assert.equal(store.count("router"), 1);
  assert.equal(store.get("router/edge")?.name, "edge");
  store.replaceAll([]);
  assert.deepEqual([store.all("pod"), store.get("router/edge")], [[], undefined]);
});

test("who reads one kind is run again when that kind changes, and not when another does", () => {
  const store = new KnownItems();
  const seen: number[] = [];
  const stop = effect(() => {
    seen.push(store.all("pod").length);
  });
  store.change([someRouter("edge")], []);
  store.change([somePod("shop", "a"), somePod("shop", "b")], []);
  stop();
  assert.deepEqual(seen, [0, 2]);
});
