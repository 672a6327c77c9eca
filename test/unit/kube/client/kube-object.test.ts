import assert from "node:assert/strict";
import { test } from "node:test";
import { objectKey, parseKubeObject, splitKey } from "#src/kube/client/kube-object.ts";
import { pod } from "#test/fakes/kube/fake-api-client.ts";

test("an object comes back as it was sent, unknown fields included", () => {
  const raw = { ...pod("a", "1", { brandNewField: { x: 1 } }), futureField: [1] };
  assert.equal(parseKubeObject(raw), raw);
});

const malformed = [
  [null, "metadata"],
  [[], "metadata"],
  [{ metadata: "x" }, "metadata"],
  [{ metadata: { uid: "u", resourceVersion: "1" } }, "name"],
  [pod("a", "1", { uid: 7 }), "uid"],
  [pod("a", "1", { namespace: 7 }), "namespace"],
  [pod("a", "1", { labels: { a: 1 } }), "labels"],
  [pod("a", "1", { annotations: [] }), "annotations"],
  [pod("a", "1", { finalizers: "x" }), "finalizers"],
] as const;

for (const [raw, field] of malformed) {
  test(`metadata with a wrong ${field} is refused: ${JSON.stringify(raw)}`, () => {
    assert.throws(() => parseKubeObject(raw), { code: "ProtocolError", details: { field } });
  });
}

test("keys name the object and can be taken apart", () => {
  const key = objectKey(parseKubeObject(pod("web-1", "1")));
  assert.equal(key, "default/web-1");
  assert.deepEqual(splitKey(key), { namespace: "default", name: "web-1" });
  assert.deepEqual(splitKey("node-1"), { namespace: undefined, name: "node-1" });
});
