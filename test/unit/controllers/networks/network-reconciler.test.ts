import assert from "node:assert/strict";
import { test } from "node:test";
import { type NetworkObject, projectNetwork } from "#src/controllers/networks/network-object.ts";
import { NetworkReconciler } from "#src/controllers/networks/network-reconciler.ts";
import type { WiredNode } from "#src/controllers/wires/wire-controller.ts";
import { RowWriter } from "#src/controllers/topology/row-writer.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { fakeNb, type RowsByTable } from "#test/fakes/ovn/fake-nb.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

const marks = (row: string) =>
  new Map([
    [externalId("owner"), "ovn4nfv"],
    [externalId("cluster"), "c1"],
    [externalId("row"), row],
  ]);
const switchRow = (external_ids: ReadonlyMap<string, string>, ports: readonly string[] = []) => ({
  name: "blue",
  ports: new Set(ports),
  other_config: new Map(),
  external_ids,
});

function reconcilerOn(
  tables: RowsByTable,
  topology = sampleTopology(false),
  stored: readonly NetworkObject[] = [],
  nodes: readonly WiredNode[] = [],
) {
  const { nb, sent } = fakeNb(tables);
  const writer = new RowWriter(nb, "c1");
  const reconciler = new NetworkReconciler({
    nb,
    writer,
    topology: () => topology,
    networks: () => stored,
    providerNetworks: () => stored,
    wiredNodes: () => nodes,
    now: () => "2026-01-01T00:00:00.000Z",
  });
  return { reconciler, sent };
}

const network = (spec: object = {}) =>
  projectNetwork({
    metadata: { name: "blue", namespace: "default", uid: "u1", resourceVersion: "1" },
    spec: { cniType: "ovn4nfv", ipv4Subnets: [{ subnet: "10.1.0.0/24" }], isolated: true, ...spec },
  });

test("a wrong spec is reported, and nothing is written", async () => {
  const { reconciler, sent } = reconcilerOn({});
  const outcome = await reconciler.bring(network({ ipv4Subnets: [{ subnet: "10.1.0.0/24", excludeIps: "abc" }] }), {});
  assert.equal(outcome.kind === "refused" && outcome.reason, "Invalid");
  assert.deepEqual(sent, []);
});

test("the name of a switch of somebody else is taken, and so is another Network's", async () => {
  for (const ids of [new Map<string, string>(), marks("u2/switch")]) {
    const { reconciler, sent } = reconcilerOn({ Logical_Switch: { s: switchRow(ids) } });
    const outcome = await reconciler.bring(network(), {});
    assert.equal(outcome.kind === "refused" && outcome.reason, "NameTaken");
    assert.deepEqual(sent, []);
  }
});

test("there must be a switch to adopt", async () => {
  const outcome = await reconcilerOn({}).reconciler.bring(network({ isolated: false, adopt: true }), {});
  assert.equal(outcome.kind === "refused" && outcome.reason, "NoSwitchToAdopt");
});

test("a switch is adopted only while its maker consents, and is let go when the maker takes that back", async () => {
  const adopt = network({ isolated: false, adopt: true });
  const brought = async (ids: Partial<Record<"adoptable-by" | "adopted-by", string>>) => {
    const keys = Object.entries(ids).map(([key, value]) => [externalId(key as keyof typeof ids), value] as const);
    const { reconciler, sent } = reconcilerOn({ Logical_Switch: { s: switchRow(new Map(keys)) } });
    const outcome = await reconciler.bring(adopt, {});
    return { outcome: outcome.kind === "refused" ? outcome.reason : outcome.kind, writes: JSON.stringify(sent) };
  };
  assert.deepEqual(await brought({}), { outcome: "AdoptionNotAllowed", writes: "[]" });
  assert.deepEqual(await brought({ "adoptable-by": "telco" }), { outcome: "AdoptionNotAllowed", writes: "[]" });
  const adopted = await brought({ "adoptable-by": "default" });
  assert.equal(adopted.outcome, "ready");
  assert.match(adopted.writes, /adopted-by","u1/);
  const takenBack = await brought({ "adoptable-by": "telco", "adopted-by": "u1" });
  assert.equal(takenBack.outcome, "AdoptionNotAllowed");
  assert.match(takenBack.writes, /"delete",\["set",\["k8s.plugin.opnfv.org\/adopted-by"\]/);
});

test("a switch with any port of others is kept, and the condition names the users", async () => {
  const vm = {
    name: "vm-1",
    type: "",
    addresses: [],
    dynamic_addresses: undefined,
    options: new Map(),
    external_ids: new Map(),
  };
  const { reconciler, sent } = reconcilerOn({
    Logical_Switch: { s: switchRow(marks("u1/switch"), ["p"]) },
    Logical_Switch_Port: { p: vm },
  });
  assert.deepEqual(await reconciler.remove(network(), {}), {
    kind: "deleting",
    reason: "InUse",
    message: "the network is still used by port vm-1",
  });
  assert.deepEqual(sent, []);
});

test("an unused switch is removed in one transaction", async () => {
  const { reconciler, sent } = reconcilerOn({ Logical_Switch: { s: switchRow(marks("u1/switch")) } });
  assert.equal(await reconciler.remove(network(), {}), undefined);
  assert.deepEqual(
    sent.map((operations) => operations.map((one) => (one as { op: string }).op)),
    [["wait", "delete", "commit"]],
  );
});

const router = (name: string) => ({ name, ports: new Set<string>(), external_ids: marks(`topology/${name}`) });

test("a network with a way out names the chassis that carry it, and says when none does", async () => {
  const routed = network({ isolated: false, snat: true });
  for (const chassis of [["n1"], []]) {
    const Logical_Router = { m: router("ovn4nfv-master"), g: router("ovn4nfv-gateway") };
    const { reconciler } = reconcilerOn({ Logical_Router }, { ...sampleTopology(true), gatewayChassis: chassis });
    const outcome = await reconciler.bring(routed, {});
    assert.ok(outcome.kind === "ready");
    assert.deepEqual(outcome.gateway, chassis);
    assert.equal(outcome.reason, chassis.length > 0 ? "Created" : "WaitsForUplink");
    assert.match(outcome.note, chassis.length > 0 ? /^$/ : /^the way out waits for a node .* label one with k8s/);
  }
  const isolated = await reconcilerOn({}, sampleTopology(true)).reconciler.bring(network(), {});
  assert.equal(isolated.kind === "ready" && isolated.gateway, undefined);
});

test("source NAT without an uplink names the flags to set, or the one that is wrong, and leaves what NB has of it", async () => {
  const routed = network({ isolated: false, snat: true });
  const tables = {
    Logical_Router: { m: router("ovn4nfv-master"), g: { ...router("ovn4nfv-gateway"), nat: new Set(["n"]) } },
    NAT: { n: { type: "snat", external_ids: marks("u1/snat-10.1.0.0/24") } },
  };
  const removesNat = (sent: readonly unknown[][]) => JSON.stringify(sent).includes('"nat","delete"');
  const without = reconcilerOn(tables, sampleTopology(false));
  const unset = await without.reconciler.bring(routed, {});
  assert.ok(unset.kind === "ready" && unset.reason === "WaitsForUplink");
  assert.match(unset.note, /set --uplink-network, --uplink-addresses and --uplink-next-hops of ovn4nfv-controller/);
  assert.equal(removesNat(without.sent), true);

  const wrong = {
    ...sampleTopology(false),
    uplinkProblem: '--uplink-addresses "203.0.113.50" is not an address with a mask',
  };
  const kept = reconcilerOn(tables, wrong);
  const outcome = await kept.reconciler.bring(routed, {});
  assert.match(
    outcome.kind === "ready" ? outcome.note : "",
    /waits for an uplink: --uplink-addresses "203.0.113.50" is not/,
  );
  assert.equal(removesNat(kept.sent), false);
});

test("rows of an earlier uplink stay while its flags are wrong, and go when there is none", async () => {
  const tables = {
    Logical_Router: { m: router("ovn4nfv-master"), g: router("ovn4nfv-gateway") },
    Logical_Switch: { x: { ...switchRow(marks("topology/ovn4nfv-external")), name: "ovn4nfv-external" } },
  };
  for (const [problem, deletes] of [
    [{ uplinkProblem: "--uplink-addresses names none" }, false],
    [{}, true],
  ] as const) {
    const { reconciler, sent } = reconcilerOn(tables, { ...sampleTopology(false), ...problem });
    await reconciler.bringTopology({});
    assert.equal(JSON.stringify(sent).includes('"op":"delete","table":"Logical_Switch"'), deletes);
  }
});

test("a Network that needs the routers says whose row has a name of theirs, and one that needs none does not care", async () => {
  const conflict = { table: "Logical_Router", name: "ovn4nfv-master" };
  const { reconciler, sent } = reconcilerOn({});
  assert.deepEqual(await reconciler.bring(network({ isolated: false }), {}, conflict), {
    kind: "refused",
    reason: "NameTaken",
    message:
      "the name ovn4nfv-master, which the routers of all networks need, belongs to a Logical_Router of somebody else: " +
      "rename or delete that row",
  });
  assert.deepEqual(sent, []);
  assert.equal((await reconciler.bring(network(), {}, conflict)).kind, "ready");
});

test("a Network whose router went in the same moment is tried again", async () => {
  const { reconciler } = reconcilerOn({}, sampleTopology(true));
  await assert.rejects(reconciler.bring(network({ isolated: false }), {}), { code: "RowsChanged" });
});

const wired = (name: string, uid: string, vlanId: number, createdAt = "2026-01-01T00:00:00Z") =>
  projectNetwork(
    {
      metadata: { name, namespace: "default", uid, resourceVersion: "1", creationTimestamp: createdAt },
      spec: { providerNetType: "VLAN", vlan: { vlanId, providerInterfaceName: "eth1" } },
    },
    "ProviderNetwork",
  );

test("a ProviderNetwork becomes a switch with one tagged port to the wire, and no port on the router", async () => {
  const { reconciler, sent } = reconcilerOn({});
  const outcome = await reconciler.bring(wired("lan", "u1", 100), {});
  assert.equal(outcome.kind === "ready" && outcome.wire?.physicalNetwork, "ovn4nfv-eth1");
  const writes = JSON.stringify(sent);
  assert.match(writes, /"tag":100/);
  assert.match(writes, /network_name","ovn4nfv-eth1"/);
  assert.doesNotMatch(writes, /Logical_Router/);
});

test("a ProviderNetwork that no node carries waits, and says for what", async () => {
  const outcomeOf = async (nodes: readonly WiredNode[]) => {
    const outcome = await reconcilerOn({}, undefined, [], nodes).reconciler.bring(wired("lan", "u1", 100), {});
    return outcome.kind === "ready" ? [outcome.reason, outcome.note] : [outcome.kind];
  };
  const wire = { interface: "eth1", ready: true, reason: "", message: "" };
  const n1 = { name: "n1", labels: {}, wires: new Map([["ovn4nfv-eth1", wire]]) };
  assert.deepEqual(await outcomeOf([n1]), ["Created", ""]);
  const down = { ...n1, wires: new Map([["ovn4nfv-eth1", { ...wire, ready: false, message: "eth1 has no carrier" }]]) };
  assert.deepEqual(await outcomeOf([down]), ["WaitsForNodes", "no node carries the network: n1: eth1 has no carrier"]);
});

test("of two ProviderNetworks with one VLAN on a wire the older one stays, whichever is looked at first", async () => {
  const old = wired("lan", "u2", 100);
  const young = wired("office", "u1", 100, "2026-01-01T00:00:01Z");
  const outcomeOf = async (network: NetworkObject) => {
    const { reconciler, sent } = reconcilerOn({}, undefined, [old, young]);
    const outcome = await reconciler.bring(network, {});
    return [outcome.kind === "refused" ? outcome.reason : outcome.kind, sent.length];
  };
  assert.deepEqual(await outcomeOf(young), ["VlanTaken", 0]);
  assert.deepEqual(await outcomeOf(old), ["ready", 1]);
});

test("the younger of two that clash keeps its switch while pods are on it", async () => {
  const mine = switchRow(marks("u1/switch"), ["p"]);
  const port = { name: "p", type: "", addresses: [], port_security: [], options: new Map(), external_ids: new Map() };
  const tables = { Logical_Switch: { s: { ...mine, name: "office" } }, Logical_Switch_Port: { p: port } };
  const stored = [wired("lan", "u2", 100)];
  const { reconciler, sent } = reconcilerOn(tables, undefined, stored);
  const outcome = await reconciler.bring(wired("office", "u1", 100, "2026-01-01T00:00:01Z"), {});
  assert.match(
    outcome.kind === "refused" ? outcome.message : "",
    /spec\.vlan\.vlanId 100 is the VLAN .* still used by/,
  );
  assert.deepEqual(sent, []);
});

test("the router's port in a ProviderNetwork stands on the one of two chassis that is not gone, and a pair without it is forgotten", async () => {
  const wire = { interface: "eth1", ready: true, reason: "", message: "" };
  const nodes = ["n1", "n2"].map((name) => ({ name, labels: {}, wires: new Map([["ovn4nfv-eth1", wire]]) }));
  const chain = async (ends: ReadonlySet<string> | undefined) => {
    const { nb, sent } = fakeNb({ Logical_Router: { r: { name: "m", ports: new Set(), external_ids: master } } });
    const asked: string[] = [];
    const reconciler = new NetworkReconciler({
      nb,
      writer: new RowWriter(nb, "c1"),
      topology: () => sampleTopology(false),
      networks: () => [],
      providerNetworks: () => [],
      wiredNodes: () => nodes,
      routerPorts: () => ({ ends, chassisOf: (node) => `c-${node}` }),
      outOf: (uid, chassis, absent) => {
        asked.push([uid, ...chassis, ...absent.map((one) => `not ${one}`)].join(" "));
        return chassis[0];
      },
      now: () => "2026-01-01T00:00:00.000Z",
    });
    await reconciler.bring(wired("lan", "u1", 100), {});
    const members = [...JSON.stringify(sent).matchAll(/"chassis_name":"([^"]+)"/g)].map(([, name]) => name);
    return { asked, members };
  };
  const master = marks("topology/ovn4nfv-master");
  const { asked, members } = await chain(new Set(["u1"]));
  assert.deepEqual(asked, ["u1 c-n1 c-n2"]);
  assert.deepEqual(members, ["c-n2", "c-n1", "c-n2"], "the group, and that of both");
  assert.deepEqual((await chain(new Set())).asked, ["u1"]);
  assert.deepEqual((await chain(undefined)).asked, [], "nobody can say yet");
});
