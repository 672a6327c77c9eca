import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { configMapData, encodeSecretData, secretData } from "#src/kube/client/object-data.ts";

const object = (data?: unknown) => ({ metadata: { name: "o", uid: "u", resourceVersion: "1" }, data });

test("what is encoded for a Secret is read from it again, and undefined takes a key away", () => {
  const data = encodeSecretData({ a: "ä\n", b: undefined });
  assert.deepEqual(data, { a: "w6QK", b: null });
  assert.deepEqual(secretData(object({ a: data["a"] })), new Map([["a", "ä\n"]]));
});

test("an object without data is empty", () => {
  assert.equal(configMapData(object()).size, 0);
  assert.equal(secretData(object(null)).size, 0);
});

test("data that are no texts are a fault of the server", () => {
  assert.throws(
    () => configMapData(object({ a: 1 })),
    (error) => error instanceof AppError && error.code === "ProtocolError",
  );
});
