import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseRequest } from "#src/api/request/request.ts";
import { refused } from "#test/assertions/refused.ts";

const read = (more: object) =>
  parseRequest({
    [annotationKeys.request.key]: JSON.stringify({ type: "ovn4nfv", interface: [{ name: "blue", ...more }] }),
  }).request?.interfaces[0]?.pool;

test("an interface names a pool of its network", () => {
  assert.equal(read({ pool: "front" })?.name, "front");
  assert.match(read({ pool: "front" })?.field ?? "", /interface\[0\]\.pool$/);
  assert.equal(read({}), undefined);
});

test("a text that names no pool is refused, and so is one beside tap", () => {
  for (const pool of ["Front", "a.b", "-a", "a".repeat(64)])
    assert.equal(refused(() => read({ pool })).code, "Malformed");
  assert.equal(refused(() => read({ pool: "front", tap: "true" })).code, "Malformed");
});
