import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";

const stored = { metadata: { name: "s", namespace: "n", uid: "u", resourceVersion: "7" } };

function objectOf(answer: () => unknown) {
  const client = new FakeApiClient(answer);
  return { client, object: new NamedObject(client, resources.secrets, { namespace: "n", name: "s" }) };
}

const refuse = (status: number, reason: string) => () => {
  throw statusError(status, reason);
};

test("an object that is not there reads as undefined, other faults are thrown", async () => {
  assert.equal(await objectOf(refuse(404, "NotFound")).object.read(), undefined);
  await assert.rejects(objectOf(refuse(403, "Forbidden")).object.read(), AppError);
  assert.equal((await objectOf(() => stored).object.read())?.metadata.uid, "u");
});

test("it is created with its name and kind when there was none", async () => {
  const { client, object } = objectOf(() => stored);
  assert.equal(await object.write(undefined, { data: { a: "b" } }), true);
  const { method, path, body } = client.requests[0] ?? {};
  assert.deepEqual([method, path], ["POST", "/api/v1/namespaces/n/secrets"]);
  assert.deepEqual(body, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: "n", name: "s" },
    data: { a: "b" },
  });
});

test("a change is bound to what was read", async () => {
  const { client, object } = objectOf(() => stored);
  assert.equal(await object.write(stored, { data: { a: null } }), true);
  const { method, path, body } = client.requests[0] ?? {};
  assert.deepEqual([method, path], ["PATCH", "/api/v1/namespaces/n/secrets/s"]);
  assert.deepEqual(body, { metadata: { uid: "u", resourceVersion: "7" }, data: { a: null } });
});

test("the second of two writers writes nothing and gets false", async () => {
  assert.equal(await objectOf(refuse(409, "AlreadyExists")).object.write(undefined, {}), false);
  assert.equal(await objectOf(refuse(409, "Conflict")).object.write(stored, {}), false);
  assert.equal(await objectOf(refuse(404, "NotFound")).object.write(stored, {}), false);
  await assert.rejects(objectOf(refuse(404, "NotFound")).object.write(undefined, {}), AppError, "no such namespace");
  await assert.rejects(objectOf(refuse(403, "Forbidden")).object.write(stored, {}), AppError);
});
