import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { ClusterWatch, followedKinds } from "#src/commands/view/cluster-watch.ts";
import { resources } from "#src/kube/client/resources.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiClient, ApiRequest } from "#src/kube/client/api-client.ts";
import { statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import { FakeWatch } from "#test/fakes/kube/fake-watch-server.ts";

/**
 * An API server with one Network, without IPAMClaims, without the right to list pods or definitions, and with MultiNetworkPolicies of the
 * older version alone.
 */
class SmallServer implements ApiClient {
  /** Becomes true when the claims are installed, and pods may be listed. */
  isWhole = false;
  isDown = false;
  readonly watches: FakeWatch[] = [];

  request({ path }: ApiRequest): Promise<unknown> {
    if (this.isDown) return Promise.reject(new Error("connection refused"));
    if (path.endsWith("/pods") && !this.isWhole) {
      const right = 'pods is forbidden: User "u" cannot list resource "pods" in API group "" at the cluster scope';
      return Promise.reject(statusError(403, "Forbidden", right));
    }
    if (path.endsWith("/network-attachment-definitions") && !this.isWhole)
      return Promise.reject(
        statusError(403, "Forbidden", 'User "u" cannot list resource "network-attachment-definitions"'),
      );
    if (path.endsWith("/v1beta2/multi-networkpolicies")) return Promise.reject(statusError(404, "NotFound"));
    if (path.endsWith("/ipamclaims") && !this.isWhole) return Promise.reject(statusError(404, "NotFound"));
    return Promise.resolve({ metadata: { resourceVersion: "1" }, items: [] });
  }

  stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    if (this.isDown) return Promise.reject(new Error("connection refused"));
    const watch = new FakeWatch(request);
    this.watches.push(watch);
    if (request.path.endsWith("/networks")) {
      watch.send("ADDED", { metadata: { name: "blue", namespace: "shop", uid: "u", resourceVersion: "1" }, spec: {} });
    }
    if (request.path.endsWith("/ipamclaims")) {
      watch.send("ADDED", { metadata: { name: "kept", namespace: "shop", uid: "c", resourceVersion: "1" }, spec: {} });
    }
    if (request.path.endsWith("/v1beta1/multi-networkpolicies")) {
      const metadata = { name: "closed", namespace: "shop", uid: "p", resourceVersion: "1" };
      watch.send("ADDED", { metadata, spec: { podSelector: {} } });
    }
    if (request.path.endsWith("/pods")) {
      const own = { [annotationKeys.allocation.key]: "a" };
      for (const [name, labels] of Object.entries({ shown: { ...own, app: "web" }, foreign: { app: "web" } }))
        watch.send("ADDED", { metadata: { name, namespace: "shop", uid: name, resourceVersion: "1", labels } });
    }
    watch.bookmark("1", true);
    return Promise.resolve(watch);
  }
}

const ignore = (): void => undefined;

test("a kind that may not be read is named and not taken for empty, and one that is not installed is empty", async () => {
  const stop = new AbortController();
  let changes = 0;
  const watch = await ClusterWatch.open(
    {
      client: new SmallServer(),
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics(),
      namespace: undefined,
      changed: () => {
        changes += 1;
      },
      following: ignore,
    },
    { signal: stop.signal },
  );
  const { pods, claims, networks, nodes, policies, definitions } = watch.facts();
  assert.deepEqual([pods, definitions], [undefined, undefined]);
  assert.deepEqual(
    policies?.map(({ name }) => name),
    ["closed"],
    "of the version that is served",
  );
  assert.deepEqual([claims, nodes], [[], []]);
  assert.deepEqual(
    networks?.map(({ name, namespace }) => `${namespace}/${name}`),
    ["shop/blue"],
  );
  assert.deepEqual(watch.omitted, [
    { kind: "pod", why: "needs a user who may list pods; --namespace shows one namespace" },
  ]);
  assert.ok(changes > 0);
  stop.abort();
});

test("a kind that is installed later, or may be listed later, is followed without a restart", async () => {
  const stop = new AbortController();
  const clock = new ManualClock();
  const client = new SmallServer();
  let changes = 0;
  const parts = { client, clock, logger: silentLogger, metrics: createMetrics(), namespace: undefined };
  const changed = () => {
    changes += 1;
  };
  const watch = await ClusterWatch.open({ ...parts, changed, following: ignore }, { signal: stop.signal });
  await clock.advance(60_000);
  assert.deepEqual([watch.facts().claims, watch.omitted.length], [[], 1]);
  client.isWhole = true;
  changes = 0;
  await clock.advance(30_000);
  await settled();
  const { pods, claims } = watch.facts();
  assert.deepEqual([claims?.map(({ name }) => name), watch.omitted], [["kept"], []]);
  assert.deepEqual(
    pods?.map(({ metadata }) => [metadata.name, metadata.labels["app"]]),
    [
      ["shown", "web"],
      ["foreign", undefined],
    ],
    "labels of users are kept of the pods that are shown",
  );
  assert.ok(changes >= 2);
  stop.abort();
});

test("an API server that is not heard of and does not answer is lost until it answers, and a quiet one is not", async () => {
  const stop = new AbortController();
  const clock = new ManualClock();
  const client = new SmallServer();
  const told: (string | undefined)[] = [];
  const following = (lost: Error | undefined) => told.push(lost?.message);
  const parts = { client, clock, logger: silentLogger, metrics: createMetrics(), namespace: undefined };
  await ClusterWatch.open({ ...parts, changed: ignore, following }, { signal: stop.signal });
  await clock.advance(240_000);
  assert.equal(told.length, 0, "it is quiet, and answers");
  client.isDown = true;
  const [first] = client.watches;
  for (let minutes = 0; minutes < 3; minutes += 1) {
    first?.bookmark("2");
    await clock.advance(60_000);
  }
  assert.equal(told.length, 0, "one of its watches is heard of");
  await clock.advance(150_000);
  assert.match(told[0] ?? "", /connection refused/);
  client.isDown = false;
  await clock.advance(30_000);
  assert.equal(told.at(-1), undefined, "found");
  stop.abort();
});

test("the process of a cluster's page has the rights for what it follows, and no others", () => {
  const role = readManifests("deploy/components/view/rbac.yaml").find(({ kind }) => kind === "ClusterRole");
  const rules = role?.["rules"] as readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  const given = rules.flatMap(({ apiGroups, resources: kinds, verbs }) =>
    apiGroups.flatMap((group) => kinds.flatMap((kind) => verbs.map((verb) => `${verb} ${group}/${kind}`))),
  );
  const { pods, events, namespaces, tokenReviews, subjectAccessReviews } = resources;
  const needed = [
    ...followedKinds.flatMap(({ resource }) => [["list", resource] as const, ["watch", resource] as const]),
    ...([
      ["get", pods],
      ["list", events],
      ["get", namespaces],
      ["list", namespaces],
      ["create", tokenReviews],
      ["create", subjectAccessReviews],
    ] as const),
  ].map(([verb, { group, plural }]) => `${verb} ${group}/${plural}`);
  assert.deepEqual(given.sort(), needed.sort());
});
