import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { StoredDefinitions } from "#src/pods/stored/stored-definitions.ts";

const definition = (config: object) => ({
  metadata: { name: "d", namespace: "shop", uid: "u", resourceVersion: "1" },
  spec: { config: JSON.stringify(config) },
});
const storedOn = (client: FakeApiClient, names: readonly string[] = []) =>
  new StoredDefinitions({ client, names, clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() });
const select = (text: string) => parseSelections(text, "shop");

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
  assert.equal((await oursOn(() => Promise.reject(statusError(404, "NotFound")))).size, 0);
  await assert.rejects(oursOn(() => Promise.reject(statusError(500, "InternalError"))));
});

test("one that a flag names is ours before it exists, without a read", async () => {
  const client = new FakeApiClient(() => assert.fail("a read"));
  const ours = await storedOn(client, ["shop/d"]).source(select("d"), {});
  assert.deepEqual([...ours], [["shop/d", { network: undefined }]]);
});
