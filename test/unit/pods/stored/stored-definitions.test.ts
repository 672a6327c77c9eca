import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import { StoredDefinitions } from "#src/pods/stored/stored-definitions.ts";

const definition = (config: object) => ({
  metadata: { name: "d", namespace: "shop", uid: "u", resourceVersion: "1" },
  spec: { config: JSON.stringify(config) },
});
const storedOn = (client: FakeApiClient, names: readonly string[] = [], clock = new ManualClock()) =>
  new StoredDefinitions({ client, names, clock, logger: silentLogger, metrics: createMetrics() });
const select = (text: string) => parseSelections(text, "shop");
const selectMany = (count: number, prefix = "d") =>
  select(Array.from({ length: count }, (_, n) => `${prefix}${n}`).join(","));
const missing = () => Promise.reject(statusError(404, "NotFound"));

/** The stream of a WatchList that finds nothing, and then goes on without an event. */
async function* emptyCollection(): AsyncGenerator<Uint8Array> {
  const annotations = { "k8s.io/initial-events-end": "true" };
  yield Buffer.from(
    `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "1", annotations } } })}\n`,
  );
  await new Promise(() => undefined);
}

/** The definitions after the first read of an empty collection. Reads of one definition go to `read`. */
async function synced(t: TestContext, read: (request: ApiRequest) => unknown) {
  const clock = new ManualClock();
  let reads = 0;
  const client = new FakeApiClient((request) => {
    if (request.query?.["watch"] !== undefined) return emptyCollection();
    reads += 1;
    return read(request);
  });
  const stored = storedOn(client, [], clock);
  const running = new AbortController();
  void stored.run(running.signal);
  t.after(() => {
    running.abort();
  });
  await settled();
  await settled();
  return { stored, clock, reads: () => reads };
}

test("a definition that is not known yet costs one read, however often it is selected", async () => {
  const client = new FakeApiClient(() => definition({ type: "ovn4nfv-cni", "nfn-network": "blue" }));
  const ours = await storedOn(client).source(select("d,d@x"), {});
  assert.deepEqual([...ours], [["shop/d", { network: "blue" }]]);
  assert.deepEqual(
    client.requests.map(({ path }) => path),
    ["/apis/k8s.cni.cncf.io/v1/namespaces/shop/network-attachment-definitions/d"],
  );
});

test("a definition of another plugin, and one that does not exist, is not ours; other faults are thrown", async () => {
  const oursOn = (answer: () => unknown) => storedOn(new FakeApiClient(answer)).source(select("d"), {});
  assert.equal((await oursOn(() => definition({ type: "macvlan" }))).size, 0);
  assert.equal((await oursOn(missing)).size, 0);
  await assert.rejects(oursOn(() => Promise.reject(statusError(500, "InternalError"))));
});

test("a definition that is not there is told of, and one of another plugin is not", async () => {
  const missed: string[] = [];
  const onMissing = ({ field }: { readonly field: string }): void => void missed.push(field);
  await storedOn(new FakeApiClient(missing)).source(select("d"), { onMissing });
  await storedOn(new FakeApiClient(() => definition({ type: "macvlan" }))).source(select("d"), { onMissing });
  assert.equal(missed.length, 1);
});

test("one that a flag names is ours before it exists, without a read", async () => {
  const client = new FakeApiClient(() => assert.fail("a read"));
  const ours = await storedOn(client, ["shop/d"]).source(select("d"), {});
  assert.deepEqual([...ours], [["shop/d", { network: undefined }]]);
});

test("before the first sync, many names of many pods make few reads at once, and all are read", async () => {
  const pending: (() => void)[] = [];
  let most = 0;
  const client = new FakeApiClient(async () => {
    await new Promise<void>((resolve) => pending.push(resolve));
    return missing();
  });
  const { source } = storedOn(client);
  let done = 0;
  for (let pod = 0; pod < 20; pod += 1)
    void source(selectMany(5, `p${pod}-`), {}).then(() => {
      done += 1;
    });
  await settled();
  while (pending.length > 0) {
    most = Math.max(most, pending.length);
    for (const answer of pending.splice(0)) answer();
    await settled();
  }
  assert.ok(most <= 8, `${most} reads at once`);
  assert.deepEqual([client.requests.length, done], [100, 20]);
});

test("a pod that gives up no longer waits for its turn to read", async () => {
  const client = new FakeApiClient(() => new Promise(() => undefined));
  const { source } = storedOn(client);
  for (let pod = 0; pod < 8; pod += 1) void source(select(`d${pod}`), {});
  await assert.rejects(source(select("late"), { signal: AbortSignal.abort() }), { code: "Aborted" });
  assert.equal(client.requests.length, 8);
});

test("after the sync a definition that is too new to be known is found by a read", async (t) => {
  const { stored } = await synced(t, () => definition({ type: "ovn4nfv-cni", "nfn-network": "blue" }));
  assert.deepEqual([...(await stored.source(select("d"), {}))], [["shop/d", { network: "blue" }]]);
});

test("after the sync, names that do not exist cost a limited rate of reads and no waiting", async (t) => {
  const { stored, clock, reads } = await synced(t, missing);
  for (let pod = 0; pod < 100; pod += 1) assert.equal((await stored.source(selectMany(64), {})).size, 0);
  assert.equal(reads(), 20);
  clock.jump(1_000);
  await stored.source(selectMany(64), {});
  assert.equal(reads(), 30);
});
