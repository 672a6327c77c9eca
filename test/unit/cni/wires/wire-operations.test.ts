// test/integration/cni/wires/wire-keeper.test.ts makes these changes in a database.
import assert from "node:assert/strict";
import { test } from "node:test";
import { wireOperations } from "#cni/wires/wire-operations.ts";
import { planWires } from "#cni/wires/wire-plan.ts";
import {
  bridgeNamed,
  linkNamed,
  networkOn,
  ownBridge,
  patchPort,
  portNamed,
  viewOf,
} from "#test/fixtures/cni/wire-views.ts";

const mapping = { physicalNetwork: "ovn4nfv-eth1", bridge: "br-eth1" };
const mapped = { mappingsText: "a:br-a,ovn4nfv-eth1:br-eth1", ownText: "ovn4nfv-eth1:br-eth1" };
const wanted = { wires: [], attachable: ["eth1"], kept: [], leaving: [], mappings: [mapping] };
const kinds = (...[plan, view]: Parameters<typeof wireOperations>) =>
  wireOperations(plan, view).map(({ op, table }) => `${op} ${String(table)}`);

test("a bridge is made whole in one transaction, which fails when somebody has made one of its name", () => {
  const links = [linkNamed("eth1", { isUp: false })];
  const operations = wireOperations(wanted, viewOf({ mappingsText: "a:br-a" }, { links }));
  assert.deepEqual(operations[0], {
    op: "wait",
    table: "Bridge",
    timeout: 0,
    where: [["name", "==", "br-eth1"]],
    columns: ["name"],
    until: "==",
    rows: [],
  });
  const made = JSON.stringify(operations);
  assert.match(made, /was-down/);
  assert.match(made, /a:br-a,ovn4nfv-eth1:br-eth1/);
  assert.doesNotMatch(JSON.stringify(wireOperations(wanted, viewOf())), /was-down/);
});

test("nothing is written when all is there", () => {
  assert.deepEqual(wireOperations(wanted, viewOf({ ...mapped, bridges: [ownBridge([patchPort])] })), []);
});

test("a bridge gets another datapath type only where that is another datapath", () => {
  const done = (datapathType: string, bridgeType: string) => {
    const bridges = [ownBridge([], { datapathType: bridgeType })];
    return kinds(wanted, viewOf({ ...mapped, bridges, datapathType }));
  };
  assert.deepEqual(done("system", ""), []);
  assert.deepEqual(done("", "system"), []);
  assert.deepEqual(done("netdev", ""), ["update Bridge"]);
});

test("a port that somebody has taken off the bridge comes again, and one of a link that was replaced goes first", () => {
  const [local] = ownBridge().ports;
  assert.ok(local);
  const lost = viewOf({ ...mapped, bridges: [ownBridge([], { ports: [local] })] });
  assert.deepEqual(kinds(wanted, lost).slice(0, 3), ["insert Interface", "insert Port", "mutate Bridge"]);
  const replaced = viewOf({ ...mapped, bridges: [ownBridge()] }, { links: [linkNamed("eth1", { index: 8 })] });
  assert.deepEqual(kinds(wanted, replaced), ["mutate Bridge"]);
  const missing = viewOf({ ...mapped, bridges: [ownBridge()] }, { links: [] });
  assert.deepEqual(kinds(wanted, missing), []);
});

/** Each of these makes the interface the node's own, after pods have used it. */
const takenByNode = {
  address: { links: [linkNamed("eth1", { index: 8, addresses: ["192.0.2.7/24"] })] },
  route: {
    links: [linkNamed("eth1", { index: 8 })],
    routes: [{ to: "0.0.0.0/0", table: undefined, metric: 0, hops: [{ device: "eth1", gateway: "192.0.2.1" }] }],
  },
  bond: { links: [linkNamed("eth1", { index: 8, master: "bond0" })] },
  vlan: { links: [linkNamed("eth1", { index: 8 }), linkNamed("eth1.5", { lower: "eth1" })] },
};

for (const [what, kernel] of Object.entries(takenByNode)) {
  test(`an interface that the node has come to use is not put back on the bridge of pods: ${what}`, () => {
    const needs = { networks: [networkOn("one")], used: new Set([mapping.physicalNetwork]) };
    const done = (bridge: ReturnType<typeof ownBridge>) => {
      const view = viewOf({ ...mapped, bridges: [bridge] }, kernel);
      return kinds(planWires(needs, view), view);
    };
    const [local] = ownBridge().ports;
    assert.ok(local);
    const afterReboot = ownBridge([], { ports: [local, patchPort] });
    assert.deepEqual(done(afterReboot), [], "Open vSwitch has dropped the port");
    assert.deepEqual(done(ownBridge([patchPort])), ["mutate Bridge"], "the port of the replaced link goes");
  });
}

test("a bridge made by hand that one network adopts is not made again for another network that names its interface", () => {
  const adopting = networkOn("two", { physicalNetwork: "other", entry: { kind: "bridge", name: "br-eth1" } });
  const needs = { networks: [networkOn("one"), adopting], used: new Set<string>() };
  const view = viewOf({ bridges: [bridgeNamed("br-eth1", [portNamed("eth1")])] });
  const operations = wireOperations(planWires(needs, view), view);
  assert.ok(operations.every(({ table }) => table === "Open_vSwitch"));
  assert.match(JSON.stringify(operations), /"ovn-bridge-mappings","other:br-eth1"/);
});

test("a bridge that goes takes its mapping along, in one transaction that fails when the bridge has a new port", () => {
  const plan = { wires: [], attachable: [], kept: [], leaving: ["eth1"], mappings: [] };
  const operations = wireOperations(plan, viewOf({ ...mapped, bridges: [ownBridge()] }));
  assert.deepEqual(
    operations.map(({ op, table }) => `${op} ${String(table)}`),
    [
      ...["wait Bridge", "mutate Open_vSwitch"],
      ...["wait Open_vSwitch", "mutate Open_vSwitch", "mutate Open_vSwitch", "wait Open_vSwitch"],
      ...["wait Open_vSwitch", "mutate Open_vSwitch"],
    ],
  );
  assert.match(JSON.stringify(operations), /"ovn-bridge-mappings","a:br-a"/);
});
