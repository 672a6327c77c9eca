// The controller and the webhook write to one real database at the same time, and both want the same address of a wire.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { NetworkReconciler } from "#src/controllers/networks/network-reconciler.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { RowWriter } from "#src/controllers/topology/row-writer.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import { UplinkReconciler } from "#src/controllers/uplinks/uplink-reconciler.ts";
import { systemClock as clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { silentLogger as logger } from "#src/core/logger.ts";
import { printIp } from "#src/net/ip.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";
import { podAsking, startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";
import { untilWritten } from "#test/stacks/ipam/until-written.ts";

const cluster = "c1";
const shared = "198.51.100.10";
const network = projectNetwork(
  {
    metadata: { name: "lan", namespace: "default", uid: "u1", resourceVersion: "1" },
    spec: {
      ipv4Subnets: [{ subnet: "198.51.100.0/28" }],
      providerNetType: "VLAN",
      vlan: { vlanId: "100", providerInterfaceName: "eth1", vlanNodeSelector: "all" },
    },
  },
  "ProviderNetwork",
);
const uplink = projectUplink({
  metadata: { name: "west", uid: "u2", resourceVersion: "1" },
  spec: { providerNetwork: "lan", addresses: [`${shared}/28`] },
});

/** The parts of a leading controller that write both, on a database with the ProviderNetwork. */
async function startController(endpoint: string) {
  const stop = new AbortController();
  const feed = new NbFeed({ endpoints: [endpoint], clock, logger });
  const hook: { beforeWrite: (() => Promise<unknown>) | undefined } = { beforeWrite: undefined };
  const nb = {
    rows: feed.rows.bind(feed),
    async waitForSession(options: CallOptions) {
      const { beforeWrite } = hook;
      hook.beforeWrite = undefined;
      await beforeWrite?.();
      return feed.waitForSession(options);
    },
  };
  const writer = new RowWriter(nb, cluster);
  const changed = (): void => {
    writer.changed();
  };
  feed.follow({ changed, synced: () => {}, lost: () => {} });
  feed.start(stop.signal);
  await feed.waitForSession(within(20));
  const topology = sampleTopology(false);
  const ends = new Set<string>();
  const networks = new NetworkReconciler({
    nb,
    writer,
    topology: () => topology,
    networks: () => [],
    providerNetworks: () => [],
    wiredNodes: () => [],
    routerPorts: () => ({ ends, chassisOf: () => "" }),
    now: () => "2026-01-01T00:00:00.000Z",
  });
  const uplinks = new UplinkReconciler({ nb, writer, topology });
  const around = { chassis: [], selector: "", lacking: [], absent: [], wire: undefined, older: [] };
  await untilWritten(() => networks.bringTopology(within(20)));
  await untilWritten(() => networks.bring(network, within(20)));
  return {
    hook,
    ends,
    bringNetwork: () => untilWritten(() => networks.bring(network, within(20))),
    bringUplink: () => untilWritten(() => uplinks.bring(uplink, around, within(20))),
    removeUplink: () => untilWritten(() => uplinks.remove(uplink, within(20))),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await feed.close();
    },
  };
}

/** The addresses of the router's ports on the wire and of pods, each as often as it is held. */
async function held(endpoint: string): Promise<readonly string[]> {
  const ports = await nbctl(endpoint, "--bare", "--columns=networks", "list", "Logical_Router_Port");
  const pods = await nbctl(endpoint, "--bare", "--columns=addresses", "list", "Logical_Switch_Port");
  return [...`${ports}\n${pods}`.matchAll(/198\.51\.100\.\d+/g)].map(([ip]) => ip).sort();
}

describe("an address of a wire", () => {
  it("stays the pod's whose port comes while the gateway of an Uplink is being made, and the Uplink says so", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init");
    await using controller = await startController(server.endpoint);
    await using started = await startAllocator(server.endpoint, { cluster });
    controller.hook.beforeWrite = () => started.allocator.allocate(podAsking("lan", shared), within(20));
    const { reason } = await controller.bringUplink();
    assert.equal(reason, "AddressInUse");
    assert.deepEqual(await held(server.endpoint), [shared]);
  });

  it("is another one for the router of a chain when a pod takes it while the port is being made", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init");
    await using controller = await startController(server.endpoint);
    await using started = await startAllocator(server.endpoint, { cluster });
    const last = "198.51.100.14";
    controller.ends.add("u1");
    controller.hook.beforeWrite = () => started.allocator.allocate(podAsking("lan", last), within(20));
    await controller.bringNetwork();
    assert.deepEqual(await held(server.endpoint), ["198.51.100.13", last]);
  });

  it("is held once, whoever of both writers is the faster one", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init");
    await using controller = await startController(server.endpoint);
    await using started = await startAllocator(server.endpoint, { cluster });
    for (let round = 0; round < 20; round += 1) {
      const [made, pod] = await Promise.all([
        controller.bringUplink(),
        started.allocator.allocate(podAsking("lan", shared), within(20)).catch(() => undefined),
      ]);
      assert.deepEqual(await held(server.endpoint), [shared], `round ${round.toString()}`);
      assert.equal(made.kind === "made", pod === undefined);
      assert.ok(pod === undefined || printIp(pod.ports[0]?.addresses[0]?.ip ?? { family: 4, value: 0n }) === shared);
      if (pod !== undefined) await started.allocator.rollBack(pod);
      await controller.removeUplink();
    }
  });
});
