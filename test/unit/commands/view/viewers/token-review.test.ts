import assert from "node:assert/strict";
import { test } from "node:test";
import { reviewAccess } from "#src/commands/view/viewers/access-review.ts";
import { reviewToken } from "#src/commands/view/viewers/token-review.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FakeApiClient } from "#test/fakes/kube/fake-api-client.ts";

const user = { username: "alice", uid: "u", groups: ["g"], extra: { "example.org/x": ["1"] } };
const ask = (status: object) => reviewToken(new FakeApiClient(() => ({ status })), "t", "page", {});

test("a token is somebody's only when the API server says so for this audience", async () => {
  assert.deepEqual(await ask({ authenticated: true, audiences: ["page"], user }), user);
  for (const status of [
    { authenticated: false, audiences: ["page"], user },
    { authenticated: true, audiences: ["https://kubernetes.default.svc"], user },
    { authenticated: true, user },
    { authenticated: true, audiences: ["page"], user: {} },
    { authenticated: true, audiences: ["page"] },
    { user: {}, error: "expired" },
    {},
  ]) {
    assert.equal(await ask(status), undefined, JSON.stringify(status));
  }
});

test("a right is asked for with all that is known of the user, and an answer without a yes or no is none", async () => {
  const client = new FakeApiClient(() => ({ status: { allowed: true, reason: "RBAC" } }));
  const right = { verb: "list", resource: resources.networks, namespace: "shop" } as const;
  assert.equal(await reviewAccess(client, user, right, {}), true);
  const [asked] = client.requests;
  assert.equal(asked?.path, "/apis/authorization.k8s.io/v1/subjectaccessreviews");
  const { username, ...others } = user;
  const resourceAttributes = { verb: "list", group: "k8s.plugin.opnfv.org", resource: "networks", namespace: "shop" };
  assert.deepEqual(JSON.parse(JSON.stringify((asked.body as { spec: object }).spec)), {
    resourceAttributes,
    user: username,
    ...others,
  });
  await assert.rejects(reviewAccess(new FakeApiClient(() => ({ status: {} })), user, right, {}));
});
