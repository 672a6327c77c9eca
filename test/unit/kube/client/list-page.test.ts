import assert from "node:assert/strict";
import { test } from "node:test";
import { parseList } from "#src/kube/client/list-page.ts";
import { listOf, pod } from "#test/fakes/kube/fake-api-client.ts";

test("a page has its items, its resourceVersion and the place where it goes on", () => {
  const page = parseList(listOf([pod("a", "3")], "7", "token"));
  assert.deepEqual(page, { items: [pod("a", "3")], resourceVersion: "7", continueToken: "token", restarted: false });
});

test("Go's null for an empty list is an empty list", () => {
  assert.deepEqual(parseList({ metadata: { resourceVersion: "1" }, items: null }).items, []);
});

test("what is not a list is refused", () => {
  assert.throws(() => parseList({ items: [] }), { code: "ProtocolError" });
  assert.throws(() => parseList("hello"), { code: "ProtocolError" });
});
