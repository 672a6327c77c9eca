import assert from "node:assert/strict";
import { test } from "node:test";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FakeApiClient, listOf, pod, statusError } from "#test/fakes/kube/fake-api-client.ts";

test("a list asks for pages of 500 from etcd and follows the continue token", async () => {
  const client = new FakeApiClient((_, count) =>
    count === 1 ? listOf([pod("a", "1")], "9", "t1") : listOf([pod("b", "2")], "9"),
  );
  const { items, resourceVersion } = await new ResourceApi(client, resources.pods).list({ labelSelector: "l" });
  assert.deepEqual(
    items.map((item) => item.metadata.name),
    ["a", "b"],
  );
  assert.equal(resourceVersion, "9");
  assert.deepEqual(
    client.requests.map((request) => request.query),
    [
      { limit: 500, labelSelector: "l", fieldSelector: undefined },
      { limit: 500, continue: "t1", labelSelector: "l", fieldSelector: undefined },
    ],
  );
});

test("a continue token that expired makes the list begin anew in one piece", async () => {
  const client = new FakeApiClient((request) => {
    if (request.query?.["continue"] !== undefined) throw statusError(410, "Expired");
    return request.query?.["limit"] === undefined
      ? listOf([pod("b", "2"), pod("c", "3")], "12")
      : listOf([pod("a", "1")], "9", "t1");
  });
  const { items, resourceVersion } = await new ResourceApi(client, resources.pods).list({});
  assert.deepEqual(
    items.map((item) => item.metadata.name),
    ["b", "c"],
  );
  assert.equal(resourceVersion, "12");
});

test("a failing page fails the list", async () => {
  const client = new FakeApiClient((_, count) => {
    if (count > 1) throw statusError(500, "InternalError");
    return listOf([pod("a", "1")], "9", "t1");
  });
  await assert.rejects(new ResourceApi(client, resources.pods).list({}), { code: "KubeApiError" });
});

test("a cached list is asked at resourceVersion 0", async () => {
  const client = new FakeApiClient(() => listOf([], "9"));
  await new ResourceApi(client, resources.pods).listCached({ namespace: "x" });
  assert.equal(client.requests[0]?.path, "/api/v1/namespaces/x/pods");
  assert.equal(client.requests[0].query?.["resourceVersion"], "0");
});

test("a patch carries the content type of its kind, never client-node's default", async () => {
  const client = new FakeApiClient(() => pod("a", "1"));
  const api = new ResourceApi(client, resources.pods);
  await api.patch({ namespace: "x", name: "a" }, "merge", {}, { subresource: "status" });
  await api.patch({ namespace: "x", name: "a" }, "apply", {}, { fieldManager: "m", force: true });
  const [merge, apply] = client.requests;
  assert.equal(merge?.path, "/api/v1/namespaces/x/pods/a/status");
  assert.equal(merge.contentType, "application/merge-patch+json");
  assert.equal(apply?.contentType, "application/apply-patch+yaml");
  assert.deepEqual(apply.query, { fieldManager: "m", force: true });
});

test("a delete carries its preconditions", async () => {
  const client = new FakeApiClient(() => undefined);
  await new ResourceApi(client, resources.pods).delete(
    { namespace: "x", name: "a" },
    { uid: "u1", gracePeriodSeconds: 0 },
  );
  assert.deepEqual(JSON.parse(JSON.stringify(client.requests[0]?.body)), {
    kind: "DeleteOptions",
    apiVersion: "v1",
    preconditions: { uid: "u1" },
    gracePeriodSeconds: 0,
  });
});

test("a patch of an object that is gone says so, and any other refusal is an error", async () => {
  const patch = (answer: () => unknown) =>
    new ResourceApi(new FakeApiClient(answer), resources.pods).patchIfThere({ name: "a" }, "merge", {});
  assert.equal(await patch(() => pod("a", "2")), true);
  const refusedBy = (status: number, reason: string) => () => {
    throw statusError(status, reason);
  };
  assert.equal(await patch(refusedBy(404, "NotFound")), false);
  await assert.rejects(patch(refusedBy(409, "Conflict")), /Conflict/);
});
