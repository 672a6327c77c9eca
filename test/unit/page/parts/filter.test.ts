import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesOf, noFilter, passesFilter } from "#page/parts/filter.ts";
import { somePod, someRouter } from "#test/fixtures/view/some-items.ts";

const pod = somePod("shop", "web-0");

test("each word must be somewhere in the object, in any case", () => {
  const passes = (text: string): boolean => passesFilter(pod, { ...noFilter, text }, ["10.0.0.7"]);
  assert.deepEqual(["", " ", "WEB", "shop/web", "0.7 shop", "web api"].map(passes), [
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
});

test("a namespace keeps what is in it and what is in none, and faults are what is not ready", () => {
  assert.equal(passesFilter(pod, { ...noFilter, namespace: "bank" }), false);
  assert.equal(passesFilter(pod, { ...noFilter, namespace: "shop" }), true);
  assert.equal(passesFilter(someRouter("edge"), { ...noFilter, namespace: "bank" }), true);
  assert.equal(passesFilter(pod, { ...noFilter, onlyFaults: true }), false);
  assert.equal(passesFilter({ ...pod, ready: "no" }, { ...noFilter, onlyFaults: true }), true);
});

test("namespaces are named once, in order", () => {
  assert.deepEqual(namespacesOf([pod, somePod("bank", "a"), somePod("shop", "b"), someRouter("edge")]), [
    "bank",
    "shop",
  ]);
});
