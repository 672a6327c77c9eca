import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { dumpDatabase, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";

function startAllocator(endpoint: string, replica: string, signal: AbortSignal): NbAllocator {
  const allocator = new NbAllocator({
    nb: { endpoints: [endpoint] },
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics(),
    replica,
    cluster: "",
    anySwitch: true,
    cooldownMs: 0,
    quietMs: 0,
    pods: undefined,
  });
  allocator.start(signal);
  return allocator;
}

test("a database that neither northd nor ovn-nbctl has ever touched is served, by two replicas at once", async () => {
  await using server = await startOvsdbServer();
  // The test writes like another CMS, because ovn-nbctl would make the row of NB_Global.
  const row = { name: "blue", other_config: ["map", [["subnet", "10.1.0.0/24"]]] };
  const transaction = JSON.stringify(["OVN_Northbound", { op: "insert", table: "Logical_Switch", row }]);
  await mustRun(ovnBinary("ovsdb-client"), ["transact", server.endpoint, transaction]);
  const stop = new AbortController();
  const allocators = ["a", "b"].map((name) => startAllocator(server.endpoint, name, stop.signal));
  try {
    const port = { field: "f", network: "blue", interfaceName: "net1", addresses: [], mac: undefined };
    const demand = { namespace: "default", podName: "p", ports: [port] };
    const deadlineMs = systemClock.monotonicMs() + 30_000;
    await Promise.all(allocators.map((allocator) => allocator.ready({ deadlineMs })));
    const made = await Promise.all(allocators.map((allocator) => allocator.allocate(demand, { deadlineMs })));
    assert.notEqual(made[0]?.id, made[1]?.id);
    const tables = await dumpDatabase(server.endpoint, "OVN_Northbound");
    assert.equal(tables.get("NB_Global")?.length, 1);
    assert.equal(tables.get("Logical_Switch_Port")?.length, 2);
  } finally {
    stop.abort();
    for (const allocator of allocators) await allocator.close();
  }
});
