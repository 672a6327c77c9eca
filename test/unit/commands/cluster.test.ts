import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiClient, openCluster } from "#src/commands/cluster.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const context = { config: { kubeconfig: "none" }, env: {}, clock: new ManualClock() };
const parts = ["test", createMetrics()] as const;

test("without Kubernetes there is no cluster, and a subcommand that needs one says so", async () => {
  assert.equal(await openCluster(context, ...parts, {}), undefined);
  await assert.rejects(openApiClient(context, ...parts), {
    code: "ConfigInvalid",
    message: /does its work in a cluster/,
  });
});
