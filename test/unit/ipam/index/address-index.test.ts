import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert, mutate, remove } from "ovsdb-client";
import { printIp } from "#src/net/ip.ts";
import { loadBalancer, logicalRouterPort, logicalSwitch, logicalSwitchPort, nat } from "#src/ovn/nb-tables.ts";
import { bindPort, pinPort } from "#src/ovn/ports/port-operations.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { recoveredPod, keyOf, NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

function freeOf(nb: NbFixture, network: string): bigint | undefined {
  return nb.index.named(network)[0]?.freeCount();
}

function gatewayOf(nb: NbFixture, network: string): string | undefined {
  const gateway = nb.index.named(network)[0]?.network.subnets[0]?.gateway;
  return gateway && printIp(gateway);
}

describe("the address index", () => {
  it("counts an address as held from the row's arrival until it goes", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
    assert.equal(freeOf(nb, "blue"), 5n);
    const uuid = nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:01 10.0.0.2 10.0.0.3" });
    assert.equal(freeOf(nb, "blue"), 3n);
    assert.deepEqual(nb.index.named("blue")[0]?.ips.of(keyOf("10.0.0.3")), [uuid]);
    nb.removePort("blue", "vm");
    assert.equal(freeOf(nb, "blue"), 5n);
    assert.deepEqual(nb.index.switchesOf(uuid), []);
  });

  it("follows a port whose addresses change, and what northd chose for it", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
    const uuid = nb.addPort("blue", "vm", { addresses: "dynamic" });
    nb.set(logicalSwitchPort, uuid, { dynamic_addresses: "0a:00:00:00:00:01 10.0.0.4" });
    assert.deepEqual(nb.index.named("blue")[0]?.ips.of(keyOf("10.0.0.4")), [uuid]);
    nb.set(logicalSwitchPort, uuid, { dynamic_addresses: "0a:00:00:00:00:01 10.0.0.5" });
    assert.deepEqual(nb.index.named("blue")[0]?.ips.of(keyOf("10.0.0.4")), []);
    assert.equal(freeOf(nb, "blue"), 4n);
  });

  it("gives the addresses of a port of ours to nobody when somebody has edited one of the two columns that say them", () => {
    const [signed, edited] = ["0a:00:00:00:00:01 10.0.0.4", "0a:00:00:00:00:01 10.0.0.5"];
    for (const column of ["addresses", "port_security"]) {
      const nb = new NbFixture();
      nb.addSwitch("blue", "10.0.0.0/29");
      const uuid = nb.addPort("blue", "a-net1", { addresses: signed, allocation: "a", podUid: "uid" });
      nb.set(logicalSwitchPort, uuid, { [column]: [edited] });
      assert.throws(() => planPorts(requestOf(portRequest("blue", ["10.0.0.4"])), nb.view), { code: "AddressInUse" });
      assert.throws(() => planPorts(requestOf(portRequest("blue", ["10.0.0.5"])), nb.view), { code: "AddressInUse" });
      nb.set(logicalSwitchPort, uuid, { [column]: [signed] });
      assert.doesNotThrow(() => planPorts(requestOf(portRequest("blue", ["10.0.0.5"])), nb.view));
      nb.removePort("blue", "a-net1");
      assert.doesNotThrow(() => planPorts(requestOf(portRequest("blue", ["10.0.0.4"])), nb.view));
    }
  });

  it("frees the address on the switch that a port moved away from, whichever switch the message names first", () => {
    for (const [from, to] of [
      ["blue", "red"],
      ["red", "blue"],
    ] as const) {
      const nb = new NbFixture();
      nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
      nb.addSwitch("red", "10.0.0.0/29", { gateways: "10.0.0.1" });
      const port = nb.addPort(from, "vm", { addresses: "0a:00:00:00:00:01 10.0.0.2" });
      nb.commit(
        mutate(logicalSwitch, [["_uuid", "==", nb.uuidOf(logicalSwitch, to)]], [["ports", "insert", [port]]]),
        mutate(logicalSwitch, [["_uuid", "==", nb.uuidOf(logicalSwitch, from)]], [["ports", "delete", [port]]]),
      );
      assert.deepEqual([freeOf(nb, from), freeOf(nb, to)], [5n, 4n], `${from} to ${to}`);
    }
  });

  it("takes the gateway from a router port, and gives it up when the router port goes", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29");
    assert.equal(gatewayOf(nb, "blue"), undefined);
    nb.addPort("blue", "to-router", { type: "router", addresses: "router", options: { "router-port": "lrp" } });
    nb.commit(insert(logicalRouterPort, { name: "lrp", mac: "0a:00:00:00:00:fe", networks: ["10.0.0.6/29"] }));
    assert.equal(gatewayOf(nb, "blue"), "10.0.0.6");
    assert.equal(freeOf(nb, "blue"), 5n);
    nb.removePort("blue", "to-router");
    assert.equal(gatewayOf(nb, "blue"), undefined);
    assert.equal(freeOf(nb, "blue"), 5n, "the first host is kept for a router again, the last is free");
    assert.deepEqual(nb.index.named("blue")[0]?.ips.of(keyOf("10.0.0.6")), []);
  });

  it("counts reservations by namespace until they are bound or removed", () => {
    const ended: string[] = [];
    const nb = new NbFixture({
      reservationEnded: (state, namespace, how) => {
        ended.push(`${state.network.name} ${namespace} ${how}`);
      },
    });
    nb.addSwitch("blue", "10.0.0.0/29");
    const [first] = ["a", "b"].map((id) => nb.addPort("blue", id, { allocation: id, namespace: "team" }));
    const open = (): number | undefined => nb.index.named("blue")[0]?.reservations.onSwitchOf("team");
    assert.equal(open(), 2);
    nb.commit(bindPort({ uuid: first ?? "", allocation: "a", pod: "web", podUid: "uid", chassis: "" }));
    assert.equal(open(), 1);
    nb.removePort("blue", "b");
    nb.removePort("blue", "a");
    assert.equal(open(), 0);
    assert.deepEqual(ended, ["blue team bound", "blue team removed"]);
  });

  it("tells which allocation a pod holds when its reservation is bound, and not again when the pod gets a chassis", () => {
    const bound: string[] = [];
    const nb = new NbFixture({ portBound: ({ allocation, podUid }) => bound.push(`${allocation} ${podUid}`) });
    nb.addSwitch("blue", "10.0.0.0/29");
    const uuid = nb.addPort("blue", "a", { allocation: "a" });
    assert.deepEqual(bound, []);
    nb.commit(bindPort({ uuid, allocation: "a", pod: "web", podUid: "uid", chassis: "n1" }));
    nb.commit(pinPort({ uuid, allocation: "a", podUid: "uid", chassis: "n2" }));
    nb.removePort("blue", "a");
    assert.deepEqual(bound, ["a uid"]);
  });

  it("counts no reservations of other clusters, which nobody here can end, nor of runs without a cluster", () => {
    const ended: string[] = [];
    const nb = new NbFixture({ reservationEnded: (_state, _namespace, how) => ended.push(how) }, "c1");
    nb.addSwitch("blue", "10.0.0.0/24");
    const open = (): number | undefined => nb.index.named("blue")[0]?.reservations.onSwitchOf("default");
    const uuid = nb.addPort("blue", "a", { allocation: "a", cluster: "c2", addresses: "0a:00:00:00:00:01 10.0.0.4" });
    nb.addPort("blue", "b", { allocation: "b" });
    nb.addPort("blue", "own", { allocation: "own", cluster: "c1" });
    assert.equal(open(), 1);
    nb.commit(bindPort({ uuid, allocation: "a", pod: "web", podUid: "uid", chassis: "" }));
    nb.removePort("blue", "b");
    assert.deepEqual([open(), ended], [1, []]);
    nb.removePort("blue", "own");
    assert.deepEqual([open(), ended], [0, ["removed"]]);
  });

  it("gives released addresses of ours a cooldown, unless they were never answered", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29");
    const rests = (ip: string): boolean | undefined =>
      nb.index.named("blue")[0]?.cooldown.has(keyOf(ip), nb.clock.monotonicMs());
    nb.addPort("blue", "a", { allocation: "a", addresses: "0a:00:00:00:00:01 10.0.0.2" });
    nb.addPort("blue", "b", { allocation: "b", addresses: "0a:00:00:00:00:02 10.0.0.3" });
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:03 10.0.0.4" });
    nb.index.skipCooldown("b", true);
    for (const name of ["a", "b", "vm"]) nb.removePort("blue", name);
    assert.deepEqual([rests("10.0.0.2"), rests("10.0.0.3"), rests("10.0.0.4")], [true, false, false]);
  });

  it("reports a row, NAT or a load balancer that comes to an address that a port holds", () => {
    const heldTwice: string[] = [];
    const nb = new NbFixture({
      heldTwice: (state, uuid) => {
        heldTwice.push(`${state.network.name} ${nb.index.port(uuid)?.name ?? ""}`);
      },
    });
    nb.addSwitch("blue", "10.0.0.0/29");
    nb.addPort("blue", "a", { allocation: "a", addresses: "0a:00:00:00:00:01 10.0.0.2" });
    assert.deepEqual(heldTwice.splice(0), []);
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:02 10.0.0.2" });
    assert.deepEqual(heldTwice.splice(0), ["blue vm"]);
    nb.commit(insert(nat, { external_ip: "10.0.0.2" }));
    assert.deepEqual(heldTwice.splice(0), ["blue a", "blue vm"]);
    nb.commit(insert(loadBalancer, { name: "lb", vips: { "10.0.0.2:80": "192.0.2.1:80" } }));
    assert.deepEqual(heldTwice.splice(0), ["blue a", "blue vm"]);
  });

  it("ends recovered addresses only for the port that is back, not for others of the same pod", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29");
    const claimed = (ip: string): boolean => nb.index.recovered.of("blue", keyOf(ip)) !== undefined;
    const ports = [2, 3].flatMap(
      (n) => recoveredPod("blue", `10.0.0.${n.toString()}`, `0a:00:00:00:00:0${n.toString()}`).ports,
    );
    nb.index.recovered.add({ allocation: "a", namespace: "default", pod: "web", podUid: "uid", ports });
    nb.addPort("blue", "a-net1", { allocation: "a", podUid: "uid", addresses: "0a:00:00:00:00:02 10.0.0.2" });
    assert.deepEqual([claimed("10.0.0.2"), claimed("10.0.0.3")], [false, true]);
    nb.addPort("blue", "a-net2", { allocation: "a", podUid: "uid", addresses: "0a:00:00:00:00:03 10.0.0.3" });
    assert.equal(nb.index.recovered.size, 0);
  });

  it("finds a switch by its name of the moment, and all switches of one name", () => {
    const nb = new NbFixture();
    const uuid = nb.addSwitch("blue", "10.0.0.0/29");
    nb.set(logicalSwitch, uuid, { name: "green" });
    assert.deepEqual([nb.index.named("blue").length, nb.index.named("green").length], [0, 1]);
    nb.addSwitch("green", "10.1.0.0/29");
    assert.equal(nb.index.named("green").length, 2);
    nb.commit(remove(logicalSwitch, [["_uuid", "==", uuid]]));
    assert.deepEqual(
      [...nb.index.switches()].map(({ network }) => network.name),
      ["green"],
    );
  });

  it("keeps rotors and holders when a switch's settings change", () => {
    const nb = new NbFixture();
    const uuid = nb.addSwitch("blue", "10.0.0.0/28", { gateways: "10.0.0.1" });
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:01 10.0.0.2" });
    const [state] = nb.index.named("blue");
    const [pool] = state?.pools ?? [];
    assert.ok(pool);
    pool.rotor += 3n;
    const ids = new Map([...(nb.rows(logicalSwitch).get(uuid)?.external_ids ?? [])]);
    nb.set(logicalSwitch, uuid, { external_ids: new Map([...ids, ["k8s.plugin.opnfv.org/exclude-ips", "10.0.0.14"]]) });
    assert.equal(state?.pools[0]?.rotor, pool.rotor);
    assert.equal(freeOf(nb, "blue"), 11n);
  });

  it("keeps the address of a router port that was made again under its name, whichever row a message names first", () => {
    const first = { name: "lrp", mac: "0a:00:00:00:00:fe", networks: ["10.0.0.6/29"] };
    for (const isNewFirst of [true, false]) {
      const nb = new NbFixture();
      nb.addSwitch("blue", "10.0.0.0/29");
      nb.addPort("blue", "to-router", { type: "router", addresses: "router", options: { "router-port": "lrp" } });
      nb.commit(insert(logicalRouterPort, first));
      const old = nb.uuidOf(logicalRouterPort, "lrp");
      const removal = { table: "Logical_Router_Port", uuid: old, before: first, after: undefined, deltas: {} };
      const arrival = { table: "Logical_Router_Port", uuid: "new", before: undefined, after: first, deltas: {} };
      nb.index.apply(isNewFirst ? [arrival, removal] : [removal, arrival]);
      assert.equal(gatewayOf(nb, "blue"), "10.0.0.6");
      assert.equal(nb.index.named("blue")[0]?.ips.of(keyOf("10.0.0.6")).length, 1);
    }
  });

  it("takes the same one of two router ports as the gateway, whichever came first", () => {
    const gateways = [
      ["a", "b"],
      ["b", "a"],
    ].map((order) => {
      const nb = new NbFixture();
      const uuid = nb.addSwitch("blue", "10.0.0.0/29");
      const ports = new Map(
        order.map((name) => [name, nb.addPort("blue", name, { type: "router", options: { "router-port": name } })]),
      );
      const [low = "", high = ""] = [...ports.values()].sort();
      const names = new Map([...ports].map(([name, port]) => [port, name]));
      for (const [port, host] of [
        [high, 3],
        [low, 2],
      ] as const) {
        const networks = [`10.0.0.${host.toString()}/29`];
        nb.commit(insert(logicalRouterPort, { name: names.get(port) ?? "", mac: "0a:00:00:00:00:fe", networks }));
      }
      const members = nb.rows(logicalSwitch).get(uuid)?.ports;
      assert.equal(members?.size, 2);
      return gatewayOf(nb, "blue");
    });
    assert.deepEqual(gateways, ["10.0.0.2", "10.0.0.2"]);
  });

  it("counts a port that somebody put on a second switch on both, until it is on one again", () => {
    const moved: string[] = [];
    const nb = new NbFixture({
      portAdded: (uuid, name) => moved.push(`${name} ${nb.index.switchesOf(uuid).length.toString()}`),
    });
    for (const name of ["blue", "red"]) nb.addSwitch(name, "10.0.0.0/29", { gateways: "10.0.0.1" });
    const port = nb.addPort("blue", "a", { allocation: "a", addresses: "0a:00:00:00:00:01 10.0.0.2" });
    const red = nb.uuidOf(logicalSwitch, "red");
    nb.commit(mutate(logicalSwitch, [["_uuid", "==", red]], [["ports", "insert", [port]]]));
    assert.deepEqual([freeOf(nb, "blue"), freeOf(nb, "red")], [4n, 4n]);
    assert.deepEqual([...nb.index.onSeveralSwitches()], [port]);
    assert.deepEqual(
      ["blue", "red"].map((name) => nb.index.named(name)[0]?.reservations.onSwitchOf("default")),
      [1, 1],
    );
    const addresses = ["0a:00:00:00:00:01 10.0.0.3"];
    nb.set(logicalSwitchPort, port, { addresses, port_security: addresses });
    assert.deepEqual(
      ["blue", "red"].map((name) => nb.index.named(name)[0]?.ips.of(keyOf("10.0.0.3"))),
      [[port], [port]],
    );
    nb.commit(mutate(logicalSwitch, [["_uuid", "==", red]], [["ports", "delete", [port]]]));
    assert.deepEqual([freeOf(nb, "blue"), freeOf(nb, "red"), [...nb.index.onSeveralSwitches()]], [4n, 5n, []]);
    nb.removePort("blue", "a");
    assert.deepEqual([freeOf(nb, "blue"), moved], [5n, ["a 1", "a 2", "a 2", "a 1"]]);
  });

  it("follows a port that is made ours or somebody else's, whose port security counts only while it is ours", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
    const port = nb.addPort("blue", "a", { allocation: "a", addresses: "0a:00:00:00:00:01 10.0.0.2" });
    nb.set(logicalSwitchPort, port, { port_security: ["0a:00:00:00:00:01 10.0.0.3"] });
    const ids = nb.rows(logicalSwitchPort).get(port)?.external_ids ?? new Map<string, string>();
    assert.equal(freeOf(nb, "blue"), 3n);
    nb.set(logicalSwitchPort, port, { external_ids: new Map() });
    assert.equal(freeOf(nb, "blue"), 4n);
    nb.set(logicalSwitchPort, port, { external_ids: ids });
    assert.equal(freeOf(nb, "blue"), 3n);
    nb.removePort("blue", "a");
    assert.equal(freeOf(nb, "blue"), 5n);
  });

  it("tells of a switch that was renamed to a name as of one that came", () => {
    const names: string[] = [];
    const nb = new NbFixture({ switchAdded: (name) => names.push(name) });
    nb.set(logicalSwitch, nb.addSwitch("blue", "10.0.0.0/29"), { name: "green" });
    assert.deepEqual(names, ["blue", "green"]);
  });

  it("ends what is kept for a stored pod when its port is back on a switch that got its name in the same message", () => {
    const nb = new NbFixture();
    const uuid = nb.addSwitch("old", "10.0.0.0/29");
    nb.index.recovered.add(recoveredPod("blue", "10.0.0.2", "0a:00:00:00:00:02", "a"));
    nb.hold(...nb.port("old", "a-net1", { allocation: "a", podUid: "uid", addresses: "0a:00:00:00:00:02 10.0.0.2" }));
    nb.set(logicalSwitch, uuid, { name: "blue" });
    assert.equal(nb.index.recovered.size, 0);
  });
});
