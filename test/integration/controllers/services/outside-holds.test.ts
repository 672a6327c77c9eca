// Leaders give addresses outside to Services in a real database, at the same time as to others.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NbView } from "#src/controllers/allocations/nb-view.ts";
import { freedBy } from "#src/controllers/holds/freed-addresses.ts";
import { ToldAddresses } from "#src/controllers/holds/told-addresses.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { OutsideHolds } from "#src/controllers/services/outside-holds.ts";
import { projectService, type ServiceNetwork } from "#src/controllers/services/service-object.ts";
import { RowWriter } from "#src/controllers/topology/row-writer.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { printIp } from "#src/net/ip.ts";
import { nbctl, type OvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { outsideTold, rawService } from "#test/fixtures/controllers/service-parts.ts";
import { floatingGateway, startFloatingServer } from "#test/stacks/ipam/floating-uplink.ts";
import { within } from "#test/stacks/ipam/started-allocator.ts";
import { untilWritten } from "#test/stacks/ipam/until-written.ts";

const cluster = "c";
const network: ServiceNetwork = {
  name: "blue",
  uid: "n",
  routed: true,
  ranges: [],
  families: [4, 6],
  uplink: "west",
  allowed: "*",
};
const spec = { type: "LoadBalancer", loadBalancerClass: "k8s.plugin.opnfv.org/uplink" };

interface Asked {
  readonly asks?: readonly string[];
  readonly ingress?: readonly string[];
  readonly on?: ServiceNetwork;
}

/** The Service with this UID, which was told these addresses. */
function serviceOf(uid: string, ingress: readonly string[]) {
  const conditions = ingress.length === 0 ? [] : [outsideTold];
  const raw = rawService({ spec, ingress, conditions });
  return projectService({ ...raw, metadata: { ...raw.metadata, uid } });
}

const serverWith = (addresses: string): Promise<OvsdbServer> =>
  startFloatingServer(addresses, { cluster, row: "uplink/u/gateway" });

/** Starts the part of a leading controller that holds addresses for Services. */
async function startLeader(endpoint: string) {
  const stop = new AbortController();
  const nb = new NbFeed({ endpoints: [endpoint], clock: systemClock, logger: silentLogger });
  const parts = { clock: systemClock, logger: silentLogger, metrics: createMetrics() };
  const view = new NbView({ nb, cluster, ...parts, onChange: () => {}, onConflict: () => {} });
  const writer = new RowWriter(nb, cluster);
  const freed: string[] = [];
  nb.follow({
    changed: (changes) => {
      writer.changed();
      freed.push(...freedBy(changes));
    },
    synced: () => {},
    lost: () => {},
  });
  nb.start(stop.signal);
  await nb.waitForSession(within(20));
  const told = new ToldAddresses();
  const waysOut = { of: () => ({ kind: "waits", message: "" }) as const };
  const outside = new OutsideHolds({ index: view.index, waysOut, told, writer, clock: systemClock });
  const hold = (uid: string, { asks = [], ingress = [], on = network }: Asked = {}) =>
    untilWritten(() => outside.hold(serviceOf(uid, ingress), { addresses: asks }, on, {}, within(20)));
  return {
    told,
    freed,
    writer,
    outside,
    /** Says which addresses the Service with this UID holds, or why none. */
    async hold(uid: string, asked: Asked = {}) {
      const { problem, told } = await hold(uid, asked);
      return problem?.reason ?? told.map(printIp).join(",");
    },
    /** Says what is wrong, which addresses the status names, and by which the Service is reached. */
    async state(uid: string, asked: Asked = {}) {
      const { problem, told, rows } = await hold(uid, asked);
      return [problem?.reason ?? "", told.map(printIp).join(), (rows?.addresses ?? []).map(printIp).join()];
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await nb.close();
    },
  };
}

describe("the addresses outside of a Service", () => {
  it("are one of each family that the pool has, and the same ones again", async () => {
    await using server = await serverWith("198.51.100.20 fd00::20");
    await using leader = await startLeader(server.endpoint);
    assert.equal(await leader.hold("a"), "198.51.100.20,fd00::20");
    assert.equal(await leader.hold("a"), "198.51.100.20,fd00::20");
    assert.equal(await leader.hold("b"), "PoolExhausted");
  });

  it("are given once by two leaders that choose at the same time", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.39");
    await using one = await startLeader(server.endpoint);
    await using other = await startLeader(server.endpoint);
    const asked = ["a", "b", "c"].flatMap((name) => [one.hold(`${name}1`), other.hold(`${name}2`)]);
    const given = await Promise.all(asked);
    assert.equal(new Set(given).size, 6, given.join());
  });

  it("are none that a NAT rule, a FloatingIP or another Service has", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.22");
    await nbctl(server.endpoint, "lr-nat-add", floatingGateway, "dnat_and_snat", "198.51.100.20", "10.0.0.7");
    await using leader = await startLeader(server.endpoint);
    let floatingIps: readonly string[] = [];
    leader.told.add({
      uidsWith: (address) => (floatingIps.includes(address) ? ["floating"] : []),
      // They are read after the Services, as in a leader that has just begun.
      whenKnown: () => {
        floatingIps = ["198.51.100.21"];
        return Promise.resolve();
      },
    });
    assert.equal(await leader.hold("a"), "198.51.100.22");
    assert.equal(await leader.hold("b", { asks: ["198.51.100.20"] }), "AddressInUse");
    assert.equal(await leader.hold("b", { asks: ["198.51.100.22"] }), "AddressInUse");
    assert.equal(await leader.hold("b", { asks: ["203.0.113.1"] }), "AddressNotInPool");
    assert.equal(await leader.hold("b", { asks: ["nonsense"] }), "Malformed");
  });

  it("are those of its status when NB has lost them, and others when somebody has those by now", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.22");
    await using leader = await startLeader(server.endpoint);
    assert.equal(await leader.hold("a", { ingress: ["198.51.100.21"] }), "198.51.100.21");
    assert.equal(await leader.hold("b", { ingress: ["198.51.100.21"] }), "AddressInUse");
    assert.match(await leader.hold("b"), /^198\.51\.100\.2[02]$/);
  });

  it("change when it asks for another one, and the old one is free at once", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.21");
    await using leader = await startLeader(server.endpoint);
    assert.equal(await leader.hold("a", { asks: ["198.51.100.20"] }), "198.51.100.20");
    assert.equal(await leader.hold("a", { asks: ["198.51.100.21"] }), "198.51.100.21");
    assert.ok(leader.freed.includes("address 198.51.100.20"), leader.freed.join());
    assert.equal(await leader.hold("b"), "198.51.100.20");
  });

  it("stay while the ones that it asks for instead are not to be had, and it is reached by them", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.22");
    await using leader = await startLeader(server.endpoint);
    assert.equal(await leader.hold("a", { asks: ["198.51.100.20"] }), "198.51.100.20");
    assert.equal(await leader.hold("b", { asks: ["198.51.100.21"] }), "198.51.100.21");
    const ingress = ["198.51.100.20"];
    const faults = { "198.51.100.21": "AddressInUse", "203.0.113.1": "AddressNotInPool", nonsense: "Malformed" };
    for (const [asked, reason] of Object.entries(faults)) {
      assert.deepEqual(await leader.state("a", { asks: [asked], ingress }), [reason, ...ingress, ...ingress]);
    }
    assert.deepEqual(leader.freed, []);
    assert.equal(await leader.hold("b", { asks: ["198.51.100.20"] }), "AddressInUse");
    assert.equal(await leader.hold("a", { asks: ["198.51.100.22"], ingress }), "198.51.100.22");
  });

  it("are exchanged for others also where the namespace may have no more", async () => {
    await using server = await serverWith("198.51.100.20..198.51.100.22");
    const limit = 'external_ids:"k8s.plugin.opnfv.org/floating-limit"="1"';
    await nbctl(server.endpoint, "set", "Logical_Router", floatingGateway, limit);
    await using leader = await startLeader(server.endpoint);
    assert.equal(await leader.hold("a", { asks: ["198.51.100.20"] }), "198.51.100.20");
    assert.equal(await leader.hold("b", { asks: ["198.51.100.22"] }), "LimitReached");
    const ingress = ["198.51.100.20"];
    assert.equal(await leader.hold("a", { asks: ["198.51.100.21"], ingress }), "198.51.100.21");
  });

  it("stay while its Network leaves by no Uplink, or by one that gives none", async () => {
    await using server = await serverWith("198.51.100.20");
    await using leader = await startLeader(server.endpoint);
    const ingress = ["198.51.100.20"];
    assert.equal(await leader.hold("a"), "198.51.100.20");
    for (const [uplink, reason] of [
      [undefined, "NoUplink"],
      ["east", "WaitsForUplink"],
    ] as const) {
      assert.deepEqual(await leader.state("a", { ingress, on: { ...network, uplink } }), [reason, ...ingress, ""]);
    }
    assert.deepEqual(leader.freed, []);
    assert.deepEqual(await leader.state("a", { ingress }), ["", ...ingress, ...ingress]);
  });

  it("stay while it is not served at all, and one that never had any is told nothing", async () => {
    await using server = await serverWith("198.51.100.20");
    await using leader = await startLeader(server.endpoint);
    const ingress = ["198.51.100.20"];
    assert.equal(await leader.hold("a"), "198.51.100.20");
    const kept = leader.outside.keep(serviceOf("a", []));
    assert.deepEqual([kept?.problem?.reason, kept?.told.map(printIp), kept?.rows], ["NotServed", ingress, undefined]);
    assert.deepEqual(leader.outside.keep(serviceOf("b", ingress))?.told.map(printIp), ingress);
    assert.equal(leader.outside.keep(serviceOf("c", [])), undefined);
  });

  it("of a family that it does not ask for any more are free", async () => {
    await using server = await serverWith("198.51.100.20 fd00::20");
    await using leader = await startLeader(server.endpoint);
    assert.equal(await leader.hold("a"), "198.51.100.20,fd00::20");
    assert.equal(await leader.hold("a", { asks: ["198.51.100.20"] }), "198.51.100.20");
    assert.ok(leader.freed.includes("address fd00::20"), leader.freed.join());
  });
});
