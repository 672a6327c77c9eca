import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiClient, openCluster } from "#src/commands/cluster.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const parts = ["test", new ManualClock(), createMetrics()] as const;

test("without Kubernetes there is no cluster, and a subcommand that needs one says so", async () => {
  assert.equal(await openCluster("none", ...parts, {}), undefined);
  assert.throws(() => openApiClient("none", ...parts), {
    code: "ConfigInvalid",
    message: /does its work in a cluster/,
  });
});
