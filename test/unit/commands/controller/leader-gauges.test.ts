import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { clearLeaderGauges, leaderGauges } from "#src/commands/controller/leader-gauges.ts";
import { metricDefinitions } from "#src/core/metric-definitions.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { root } from "#tools/source-files.ts";

/** Each replica sets these anew at each scrape or change, and what checks allocations clears its own. */
const ofEachReplica: ReadonlySet<string> = new Set([
  "ovn4nfv_pool_addresses",
  "ovn4nfv_pool_addresses_used",
  "ovn4nfv_pool_addresses_reserved",
  "ovn4nfv_named_pool_addresses",
  "ovn4nfv_named_pool_addresses_used",
  "ovn4nfv_floating_addresses",
  "ovn4nfv_floating_addresses_used",
  "ovn4nfv_reservations_open",
  "ovn4nfv_reservation_oldest_seconds",
  "ovn4nfv_unknown_ports",
  "ovn4nfv_unpinned_ports",
  "ovn4nfv_nodes_with_shared_chassis",
  "ovn4nfv_drift_open",
]);

describe("the gauges of a leader", () => {
  it("are all that controllers set, without those of each replica", () => {
    const files = globSync("src/controllers/**/*.ts", { cwd: root });
    const text = files.map((file) => readFileSync(`${root}/${file}`, "utf8")).join("\n");
    const gauges = Object.entries(metricDefinitions).flatMap(([name, { type }]) => (type === "gauge" ? [name] : []));
    const set = gauges.filter((name) => text.includes(`"${name}"`) && !ofEachReplica.has(name));
    assert.deepEqual([...leaderGauges].sort(), set.sort());
  });

  it("are gone when the process leads no more", async () => {
    const metrics = createMetrics();
    metrics.set("ovn4nfv_uplinks", { state: "refused" }, 1);
    metrics.set("ovn4nfv_gateway_members_out", {}, 2);
    metrics.set("ovn4nfv_pool_addresses", { network: "blue", family: "ipv4" }, 7);
    clearLeaderGauges(metrics);
    const text = await metrics.registry.metrics();
    assert.doesNotMatch(text, /^ovn4nfv_uplinks\{/m);
    assert.match(text, /^ovn4nfv_gateway_members_out 0$/m);
    assert.match(text, /^ovn4nfv_pool_addresses\{.*\} 7$/m);
  });
});
