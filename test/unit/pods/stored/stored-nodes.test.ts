import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { StoredNodes } from "#src/pods/stored/stored-nodes.ts";
import { FakeApiClient, listOf } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

test("nothing is said about wires before the nodes were read", () => {
  const client = new FakeApiClient(() => listOf([], "1"));
  const nodes = new StoredNodes({ client, clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() });
  assert.equal(nodes.known, undefined);
});
