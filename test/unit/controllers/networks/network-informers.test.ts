import assert from "node:assert/strict";
import { test } from "node:test";
import { NetworkInformers, networkKey } from "#src/controllers/networks/network-informers.ts";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const object = { metadata: { name: "blue", namespace: "default", uid: "u1", resourceVersion: "1" } };

test("objects of the two kinds have different keys, whatever their names", () => {
  assert.equal(networkKey(projectNetwork(object)), "Network/default/blue");
  assert.equal(networkKey(projectNetwork(object, "ProviderNetwork")), "ProviderNetwork/default/blue");
});

test("live UIDs are those of both kinds, and a kind that is not installed has none", async () => {
  const parts = { clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const client = new FakeApiClient(({ path }) => {
    if (path.endsWith("/providernetworks")) throw statusError(404, "NotFound");
    return listOf([object], "1");
  });
  assert.deepEqual([...(await new NetworkInformers({ client, ...parts }).liveUids({}))], ["u1"]);
  const failing = new FakeApiClient(() => {
    throw statusError(403, "Forbidden");
  });
  await assert.rejects(new NetworkInformers({ client: failing, ...parts }).liveUids({}));
});
