// Leaders give addresses outside to FloatingIPs in a real database, at the same time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NbView } from "#src/controllers/allocations/nb-view.ts";
import { FloatingIpIndex } from "#src/controllers/floating/floating-ip-index.ts";
import { type FloatingIpObject, projectFloatingIp } from "#src/controllers/floating/floating-ip-object.ts";
import { FloatingIpReconciler, type FloatingIpResult } from "#src/controllers/floating/floating-ip-reconciler.ts";
import { FloatingIpWriter } from "#src/controllers/floating/floating-ip-writer.ts";
import type { FloatingPod } from "#src/controllers/floating/floating-pods.ts";
import type { InsidePort } from "#src/controllers/floating/target-decision.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { printIp } from "#src/net/ip.ts";
import { nbctl, type OvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";
import { floatingGateway, idColumns, rulesIn, startFloatingServer } from "#test/stacks/ipam/floating-uplink.ts";
import { within } from "#test/stacks/ipam/started-allocator.ts";
import { until } from "#test/assertions/until.ts";
import { untilWritten } from "#test/stacks/ipam/until-written.ts";

const cluster = "c";
const serverWith = (addresses: string, limit = 99): Promise<OvsdbServer> =>
  startFloatingServer(addresses, { cluster, row: "uplink/u/gateway", "floating-limit": String(limit) });

interface World {
  readonly pods: FloatingPod[];
  readonly ports: Map<string, InsidePort>;
  readonly older: FloatingIpObject[];
  /** Addresses that the status of another object names. */
  readonly told?: readonly string[];
  readonly beforeWrite?: () => Promise<void>;
}

/** Starts the part of a leading controller that is about FloatingIPs. */
async function startLeader(endpoint: string, world: World = { pods: [], ports: new Map(), older: [] }) {
  const stop = new AbortController();
  const nb = new NbFeed({ endpoints: [endpoint], clock: systemClock, logger: silentLogger });
  const parts = { clock: systemClock, logger: silentLogger, metrics: createMetrics() };
  const view = new NbView({ nb, cluster, ...parts, onChange: () => {}, onConflict: () => {} });
  const rows = new FloatingIpIndex(cluster);
  nb.follow({ changed: (changes) => void rows.changed(changes), synced: () => {}, lost: () => {} });
  nb.start(stop.signal);
  await nb.waitForSession(within(20));
  const writer = new FloatingIpWriter({ nb, cluster, index: rows, gateways: view.index.floating });
  const write = writer.bring.bind(writer);
  writer.bring = async (...args) => {
    await world.beforeWrite?.();
    await write(...args);
  };
  const reconciler = new FloatingIpReconciler({
    addresses: view.index,
    rows,
    writer,
    waysOut: { of: () => ({ kind: "waits", message: "" }) },
    clock: systemClock,
    cluster: {
      labelsOf: () => ({}),
      selected: () => world.pods,
      portsOf: ({ uid }) => [world.ports.get(uid)].filter((port) => port !== undefined),
      olderAsking: () => world.older,
      isToldToOther: (_, address) => world.told?.includes(printIp(address)) === true,
      whenToldKnown: () => Promise.resolve(),
    },
  });
  const bring = (fip: FloatingIpObject, told?: string): Promise<FloatingIpResult> =>
    untilWritten(() => reconciler.bring(fip, told, within(20)));
  return {
    bring,
    reconciler,
    rows,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await nb.close();
    },
  };
}

const fip = (uid: string, spec: object = {}, namespace = "default"): FloatingIpObject =>
  projectFloatingIp({
    metadata: { name: uid, namespace, uid, resourceVersion: "1" },
    spec: { uplink: "west", selector: {}, ...spec },
  });
const held = async (endpoint: string): Promise<readonly string[]> =>
  [
    ...(await nbctl(endpoint, "--bare", "--columns=external_ids", "list", "Address_Set")).matchAll(
      /floating-address=(\S+)/g,
    ),
  ]
    .map(([, address = ""]) => address)
    .sort();

describe("the addresses of FloatingIPs in a real database", () => {
  it("are given once, by two leaders at once that have the same objects and others", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.39");
    await using one = await startLeader(server.endpoint);
    await using two = await startLeader(server.endpoint);
    const objects = Array.from({ length: 24 }, (_, n) => fip(`u${n}`));
    const results = await Promise.all(
      objects.flatMap((object, n) => {
        const leaders = n % 3 === 0 ? [one, two] : n % 3 === 1 ? [one] : [two];
        return leaders.map((leader) => leader.bring(object));
      }),
    );
    const addresses = await held(server.endpoint);
    assert.equal(new Set(addresses).size, addresses.length, addresses.join(" "));
    assert.ok(addresses.length >= 18, addresses.join(" "));
    const full = results.filter(({ reason }) => reason === "PoolExhausted");
    assert.ok(full.length > 0 && full.every(({ waitsFor }) => waitsFor === "pool west"));
    assert.ok(results.every(({ reason }) => reason === "PoolExhausted" || reason === "NoPod"));
  });

  it("are not those of NAT rules of others, and a row of which no status tells gives way to one", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.21");
    await nbctl(server.endpoint, "lr-nat-add", floatingGateway, "snat", "198.51.100.20", "10.0.0.0/24");
    await using leader = await startLeader(server.endpoint);
    const { address } = await leader.bring(fip("auto"));
    assert.equal(address && printIp(address), "198.51.100.21");
    // It is as if the first transaction had committed late: somebody was given the address meanwhile.
    await nbctl(server.endpoint, "lr-nat-add", floatingGateway, "snat", "198.51.100.21", "10.1.0.0/24");
    // The leader's copy of NB is a moment behind.
    await until(async () => (await leader.bring(fip("auto"))).reason === "PoolExhausted");
    const again = await leader.bring(fip("auto"));
    assert.deepEqual([again.reason, again.address], ["PoolExhausted", undefined]);
    assert.deepEqual(await held(server.endpoint), []);
    const asking = await leader.bring(fip("asking", { address: "198.51.100.21" }));
    assert.deepEqual([asking.reason, asking.waitsFor], ["AddressInUse", "address 198.51.100.21"]);
  });

  it("are kept when the status tells of them, and come back with it after a restore", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.29");
    await using leader = await startLeader(server.endpoint);
    const { address } = await leader.bring(fip("kept"));
    const told = printIp(address ?? ip("0.0.0.0"));
    await nbctl(server.endpoint, "lr-nat-add", floatingGateway, "snat", told, "10.1.0.0/24");
    assert.equal((await leader.bring(fip("kept"), told)).reason, "NoPod");
    await nbctl(
      server.endpoint,
      "lr-nat-del",
      floatingGateway,
      "--",
      "destroy",
      "Address_Set",
      "ovn4nfv_floating_kept",
    );
    assert.deepEqual((await leader.bring(fip("kept"), told)).address, address);
  });

  it("are looked for again when they come back after a restore, since somebody may have come first", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.29");
    const told = "198.51.100.25";
    let writes = 0;
    const beforeWrite = async () => {
      writes += 1;
      if (writes === 1) await nbctl(server.endpoint, "lr-nat-add", floatingGateway, "snat", told, "10.1.0.0/24");
    };
    await using leader = await startLeader(server.endpoint, { pods: [], ports: new Map(), older: [], beforeWrite });
    assert.equal((await leader.bring(fip("late"), told)).reason, "AddressInUse");
    assert.deepEqual(await held(server.endpoint), []);
  });

  it("are not chosen while the status of another object names them", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.21");
    const told = ["198.51.100.20"];
    await using leader = await startLeader(server.endpoint, { pods: [], ports: new Map(), older: [], told });
    const { address } = await leader.bring(fip("new"));
    assert.equal(address && printIp(address), "198.51.100.21");
  });

  it("are limited for each namespace, and the older object comes first", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.29", 1);
    const world: World = { pods: [], ports: new Map(), older: [fip("elder", {}, "other")] };
    await using leader = await startLeader(server.endpoint, world);
    const asking = { address: "198.51.100.25" };
    const { message } = await leader.bring(fip("younger", asking));
    assert.match(message, /is held by the older FloatingIP of another namespace/);
    // An older one that may have no more addresses keeps nobody waiting.
    await leader.bring(fip("first", {}, "other"));
    assert.equal((await leader.bring(fip("younger", asking))).reason, "NoPod");
    assert.equal((await leader.bring(fip("second"))).waitsFor, "limit west default");
  });

  it("lead nowhere when their pods are gone, also by a rule that was inserted twice", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.29");
    await using leader = await startLeader(server.endpoint);
    const { address } = await leader.bring(fip("twice"));
    const keys = { owner: "ovn4nfv", cluster, row: "floating/twice/rule", uplink: "west", namespace: "default" };
    const columns = ["type=dnat_and_snat", `external_ip=${printIp(address ?? ip("0.0.0.0"))}`, "logical_ip=10.10.0.7"];
    const created = (id: string) => [`--id=${id}`, "create", "NAT", ...columns, ...idColumns(keys), "--"];
    await nbctl(
      server.endpoint,
      ...created("@a"),
      ...created("@b"),
      ...["add", "Logical_Router", floatingGateway, "nat", "@a", "@b"],
    );
    assert.equal((await rulesIn(server.endpoint)).length, 2);
    await until(() => leader.rows.of("twice").rule !== undefined);
    assert.equal((await leader.bring(fip("twice"))).reason, "NoPod");
    assert.deepEqual(await rulesIn(server.endpoint), []);
  });

  it("lead only to a port that is still bound to the pod", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.29");
    const allocation = "01KDGX3V9ZJ4T1C3R6Y8M2N5QW";
    const keys = { owner: "ovn4nfv", cluster, allocation, namespace: "default", pod: "a", "pod-uid": "pa" };
    await nbctl(
      server.endpoint,
      "ls-add",
      "blue",
      "--",
      "lsp-add",
      "blue",
      "p",
      "--",
      "set",
      "Logical_Switch_Port",
      "p",
      ...idColumns(keys),
    );
    const uuid = (await nbctl(server.endpoint, "--bare", "--columns=_uuid", "list", "Logical_Switch_Port")).trim();
    const pod: FloatingPod = {
      namespace: "default",
      name: "a",
      uid: "pa",
      labels: {},
      allocation,
      ready: true,
      ending: false,
      finished: false,
    };
    const port = {
      uuid,
      name: "p",
      allocation,
      network: "blue",
      interfaceName: "net1",
      ips: [ip("10.10.0.7")],
      uplink: "west",
    };
    const world: World = { pods: [pod], ports: new Map([["pa", port]]), older: [] };
    await using leader = await startLeader(server.endpoint, world);
    assert.equal((await leader.bring(fip("u"))).target?.pod.name, "a");
    const rules = () => nbctl(server.endpoint, "--bare", "--columns=external_ip,logical_ip,type", "list", "NAT");
    assert.match(await rules(), /dnat_and_snat/);
    await leader.reconciler.remove({ uid: "u" }, within(10));
    assert.equal((await rules()).trim(), "");
    // The informer of this leader is behind: another pod has the port by now.
    await nbctl(server.endpoint, "set", "Logical_Switch_Port", "p", ...idColumns({ "pod-uid": "pb" }));
    await assert.rejects(leader.reconciler.bring(fip("u"), undefined, within(10)), { code: "RowsChanged" });
    assert.equal((await rules()).trim(), "");
  });
});
