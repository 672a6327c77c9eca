import assert from "node:assert/strict";
import { it } from "node:test";
import { type AppError, fromUnknown } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { Allocation } from "#src/ipam/allocation.ts";
import type { RecoveredPod } from "#src/ipam/index/recovered-addresses.ts";
import { printIp } from "#src/net/ip.ts";
import { startOvsdbCluster } from "#lab/ovn/ovsdb-cluster.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { until } from "#test/assertions/until.ts";
import { podAsking, startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";

/** The pod of an allocation, as a LIST of stored pods tells of it. */
function storedPod({ id, ports }: Allocation): RecoveredPod {
  return {
    allocation: id,
    namespace: "default",
    pod: `pod-${id}`,
    podUid: `uid-${id}`,
    ports: ports.map(({ network, addresses, mac }) => ({
      network: network.name,
      mac,
      ips: addresses.map(({ ip }) => ip),
    })),
  };
}

const addressOf = ({ ports }: Allocation): string => printIp(ports[0]?.addresses[0]?.ip ?? assert.fail());

it("an allocator lives on when the volumes of all members are restored, and gives no address of a stored pod away", async () => {
  await using cluster = await startOvsdbCluster();
  const endpoints = cluster.endpoints.join(",");
  await nbctl(endpoints, "init");
  await nbctl(endpoints, "ls-add", "blue", "--", "set", "logical_switch", "blue", "other_config:subnet=10.1.0.0/24");
  const stored: RecoveredPod[] = [];
  const metrics = createMetrics();
  await using started = await startAllocator("", {
    nb: { endpoints: cluster.endpoints, restoredAfterMs: 1_000 },
    metrics,
    pods: { labelledPods: () => Promise.resolve(stored), mayRun: () => Promise.resolve(true) },
  });
  const { allocator } = started;
  const allocate = () => allocator.allocate(podAsking("blue"), within(10));
  const early = await allocate();
  stored.push(storedPod(early));
  // The backup is so young that the fence number of the allocator is in force in it.
  const backup = cluster.backUp();
  // There are more of them than an election writes entries, so that the restored log is shorter than the lost one.
  const late: Allocation[] = [];
  while (late.length < 12) late.push(await allocate());
  stored.push(...late.map(storedPod));
  await cluster.restore(backup);

  const given: Allocation[] = [];
  await until(async () => {
    const outcome = await allocate().catch((error: unknown) => fromUnknown(error).code);
    if (typeof outcome === "string") assert.equal(outcome, "BackendUnavailable");
    else given.push(outcome);
    return given.length > 0;
  });
  const addresses = [early, ...late, ...given].map(addressOf);
  assert.equal(new Set(addresses).size, addresses.length, `given twice: ${addresses.join(" ")}`);
  for (const lost of late) {
    const asked = allocator.allocate(podAsking("blue", addressOf(lost)), within(10));
    await assert.rejects(asked, (error: AppError) => error.code === "AddressInUse");
  }
  assert.equal(allocator.index.recovered.size, late.length);
  assert.match(await metrics.registry.metrics(), /^ovn4nfv_nb_restores_total(\{\})? 1$/m);
});
