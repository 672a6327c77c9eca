import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { StoredNetworks } from "#src/pods/stored/stored-networks.ts";

const storedOn = (client: FakeApiClient) =>
  new StoredNetworks({ client, clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() });
const object = { metadata: { name: "blue", namespace: "n", uid: "u", resourceVersion: "1", labels: { team: "a" } } };

test("a name that is not known yet costs one list of each kind by that name in all namespaces", async () => {
  const client = new FakeApiClient(() => listOf([object], "1"));
  assert.equal(await storedOn(client).exists("blue", {}), true);
  assert.deepEqual(
    client.requests.map(({ path, query }) => [path, query?.["fieldSelector"]]),
    ["networks", "providernetworks"].map((plural) => [
      `/apis/k8s.plugin.opnfv.org/v1alpha1/${plural}`,
      "metadata.name=blue",
    ]),
  );
  assert.equal(await storedOn(new FakeApiClient(() => listOf([], "1"))).exists("blue", {}), false);
});

test("a Network that is being deleted does not count: no switch will come, and a create would wait for it in vain", async () => {
  const deleting = { metadata: { ...object.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  assert.equal(await storedOn(new FakeApiClient(() => listOf([deleting], "1"))).exists("blue", {}), false);
});

test("where the resource is not installed no Network exists; other faults are thrown", async () => {
  const answering = (status: number, reason: string) =>
    storedOn(new FakeApiClient(() => Promise.reject(statusError(status, reason))));
  assert.equal(await answering(404, "NotFound").exists("blue", {}), false);
  await assert.rejects(answering(500, "InternalError").exists("blue", {}));
});

test("labels of a namespace that is not known yet are read live", async () => {
  assert.deepEqual(await storedOn(new FakeApiClient(() => object)).labels("n", {}), { team: "a" });
  const gone = storedOn(new FakeApiClient(() => Promise.reject(statusError(404, "NotFound"))));
  assert.equal(await gone.labels("n", {}), undefined);
});
