import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRight } from "#src/commands/view/viewers/access-review.ts";
import { rightOf, UserClient } from "#src/commands/view/viewers/user-client.ts";
import { missingRight } from "#src/commands/missing-right.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resourcePath, resources } from "#src/kube/client/resources.ts";
import { FakeApiClient, listOf } from "#test/fakes/kube/fake-api-client.ts";

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (caught) {
    return caught;
  }
  return assert.fail("it was read");
}

test("what a user may not read is refused in the words of the API server, and is not read", async () => {
  const inner = new FakeApiClient(() => listOf([], "1"));
  const asked: AccessRight[] = [];
  const ask = (right: AccessRight) => {
    asked.push(right);
    return Promise.resolve(right.namespace === "shop");
  };
  const client = new UserClient(inner, "alice", { ask });
  const events = new ResourceApi(client, resources.events);
  assert.deepEqual((await events.list({ namespace: "shop" })).items, []);
  const refused = await rejection(events.list({}));
  assert.equal(missingRight(refused), "needs a user who may list events");
  const other = await rejection(events.get({ namespace: "bank", name: "x" }));
  assert.equal(missingRight(other), "needs a user who may get events in bank");
  assert.equal(inner.requests.length, 1);
  assert.deepEqual(
    asked.map(({ verb }) => verb),
    ["list", "list", "get"],
  );
});

test("each kind of the table has its right, by the path of a request", () => {
  for (const resource of Object.values(resources)) {
    const place = resource.namespaced ? { namespace: "a.b" } : {};
    const path = (more: object) => resourcePath(resource, { ...place, ...more });
    assert.deepEqual(rightOf({ method: "GET", path: path({}) }), { verb: "list", resource, ...place });
    // A Namespace is one of its own objects.
    const within = resource === resources.namespaces ? { namespace: "x y" } : place;
    const one = { verb: "get", resource, ...within, name: "x y" };
    assert.deepEqual(rightOf({ method: "GET", path: path({ name: "x y" }) }), one);
  }
});

test("nothing is written or watched for a user, and no subresource is read", async () => {
  const client = new UserClient(new FakeApiClient(() => assert.fail()), "alice", { ask: () => Promise.resolve(true) });
  const path = resourcePath(resources.pods, { namespace: "a", name: "b" });
  await assert.rejects(client.request({ method: "DELETE", path }));
  await assert.rejects(client.request({ method: "GET", path: `${path}/log` }));
  await assert.rejects(client.stream());
});
