import assert from "node:assert/strict";
import { test } from "node:test";
import { PodApi } from "#src/kube/pods.ts";
import { FakeApiClient, listOf, pod, statusError } from "#test/fakes/kube/fake-api-client.ts";

const change = {
  uid: "uid-a",
  finalizer: "k8s.plugin.opnfv.org/addresses",
  labels: ["k8s.plugin.opnfv.org/allocation"],
};
const target = { namespace: "default", name: "a" };

test("pods are listed by label, page by page, and only the projection is kept", async () => {
  const client = new FakeApiClient((_, count) =>
    count === 1 ? listOf([pod("a", "1")], "9", "t") : listOf([pod("b", "2")], "9"),
  );
  const names = await new PodApi(client).listByLabel({ labelSelector: "x" }, (one) => one.metadata.name);
  assert.deepEqual(names, ["a", "b"]);
  for (const request of client.requests) assert.equal(request.query?.["resourceVersion"], undefined);
});

test("a list that begins anew forgets what came before", async () => {
  const client = new FakeApiClient((request) => {
    if (request.query?.["continue"] !== undefined) throw statusError(410, "Expired");
    return request.query?.["limit"] === undefined ? listOf([pod("b", "2")], "12") : listOf([pod("a", "1")], "9", "t");
  });
  assert.deepEqual(await new PodApi(client).listByLabel({ labelSelector: "x" }, (one) => one.metadata.name), ["b"]);
});

test("a live read knows a pod by its uid, not only by its name", async () => {
  const pods = new PodApi(new FakeApiClient(() => pod("a", "1")));
  assert.equal((await pods.get({ ...target, uid: "uid-a" }))?.metadata.name, "a");
  assert.equal(await pods.get({ ...target, uid: "uid-of-the-one-before" }), undefined);
});

test("a pod that is not there is undefined; other faults are thrown", async () => {
  const missing = new PodApi(
    new FakeApiClient(() => {
      throw statusError(404, "NotFound");
    }),
  );
  assert.equal(await missing.get(target), undefined);
  const broken = new PodApi(
    new FakeApiClient(() => {
      throw statusError(500, "InternalError");
    }),
  );
  await assert.rejects(broken.get(target), { code: "KubeApiError" });
});

test("the finalizer goes by one strategic patch of pods/status", async () => {
  const client = new FakeApiClient(() => pod("a", "2"));
  assert.equal(await new PodApi(client).removeFinalizer(target, change), "patched");
  const [patch] = client.requests;
  assert.equal(patch?.path, "/api/v1/namespaces/default/pods/a/status");
  assert.equal(patch.contentType, "application/strategic-merge-patch+json");
  assert.equal(client.requests.length, 1);
});

for (const [status, reason] of [
  [409, "Conflict"],
  [422, "Invalid"],
] as const) {
  test(`${reason} for a re-created pod of the same name means gone`, async () => {
    const client = new FakeApiClient((request) => {
      if (request.method === "PATCH") throw statusError(status, reason);
      return pod("a", "9", { uid: "uid-of-the-new-one" });
    });
    assert.equal(await new PodApi(client).removeFinalizer(target, change), "gone");
  });

  test(`${reason} for this very pod is an error, so that it is tried again`, async () => {
    const client = new FakeApiClient((request) => {
      if (request.method === "PATCH") throw statusError(status, reason);
      return pod("a", "9");
    });
    await assert.rejects(new PodApi(client).addFinalizer(target, change), { code: "KubeApiError" });
  });
}

test("a patch of a pod as it was read names its uid and version first, so that no other version takes it", async () => {
  const client = new FakeApiClient(() => pod("a", "8"));
  const operation = { op: "add", path: "/metadata/labels", value: {} };
  await new PodApi(client).patchAsRead(pod("a", "7"), [operation]);
  const [patch] = client.requests;
  assert.equal(patch?.path, "/api/v1/namespaces/default/pods/a/status");
  assert.equal(patch.contentType, "application/json-patch+json");
  assert.deepEqual(patch.body, [
    { op: "test", path: "/metadata/uid", value: "uid-a" },
    { op: "test", path: "/metadata/resourceVersion", value: "7" },
    operation,
  ]);
});
