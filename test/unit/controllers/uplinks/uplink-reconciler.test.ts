import assert from "node:assert/strict";
import { test } from "node:test";
import { RowWriter } from "#src/controllers/topology/row-writer.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import { UplinkReconciler } from "#src/controllers/uplinks/uplink-reconciler.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { fakeNb, type RowsByTable } from "#test/fakes/ovn/fake-nb.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

const marks = (row: string) =>
  new Map([
    [externalId("owner"), "ovn4nfv"],
    [externalId("cluster"), "c1"],
    [externalId("row"), row],
  ]);
const router = (name: string, row: string, routes: readonly string[] = []) => ({
  name,
  ports: new Set<string>(),
  static_routes: new Set(routes),
  nat: new Set<string>(),
  external_ids: marks(row),
});
const aSwitch = (name: string, row: string, ports: readonly string[] = []) => ({
  name,
  ports: new Set(ports),
  other_config: new Map(),
  external_ids: marks(row),
});
const port = (type: string, external_ids: ReadonlyMap<string, string>, addresses: readonly string[] = []) => ({
  name: `port-${type}`,
  type,
  addresses: new Set(addresses),
  port_security: new Set(),
  dynamic_addresses: undefined,
  options: new Map(),
  external_ids,
});
const wirePort = { ...port("localnet", marks("p1/localnet")), options: new Map([["network_name", "ovn4nfv-eth1"]]) };
const topologyRows = {
  Logical_Router: { r: router("ovn4nfv-master", "topology/ovn4nfv-master") },
  Logical_Switch: { j: aSwitch("ovn4nfv-join", "topology/ovn4nfv-join") },
};

function reconcilerOn(tables: RowsByTable) {
  const { nb, sent } = fakeNb(tables);
  const reconciler = new UplinkReconciler({ nb, writer: new RowWriter(nb, "c1"), topology: sampleTopology(true) });
  return { reconciler, sent };
}

const uplink = (name: string, spec: object = {}) =>
  projectUplink({
    metadata: { name, uid: `uid-${name}`, resourceVersion: "1" },
    spec: { providerNetwork: "wan", addresses: ["198.51.100.10/24"], ...spec },
  });
const around = { chassis: ["n1"], selector: "gateway", lacking: [], absent: [], wire: undefined, older: [] };

async function reasonOf(
  tables: Parameters<typeof reconcilerOn>[0],
  object = uplink("west"),
  changes: Partial<Parameters<UplinkReconciler["bring"]>[1]> = {},
): Promise<string> {
  const { reconciler, sent } = reconcilerOn(tables);
  const { kind, reason, message } = await reconciler.bring(object, { ...around, ...changes }, {});
  assert.equal(sent.length > 0, kind === "made", reason);
  return `${reason} ${message}`.trim();
}

test("an uplink waits for the switch of its ProviderNetwork; one of a Network, without a wire, does not count", async () => {
  assert.match(await reasonOf(topologyRows), /^WaitsForProvider there is no switch of a ProviderNetwork wan yet/);
  const { j } = topologyRows.Logical_Switch;
  const plain = { ...topologyRows, Logical_Switch: { j, s: aSwitch("wan", "p1/switch") } };
  assert.match(await reasonOf(plain), /^WaitsForProvider/);
  const wired = {
    ...topologyRows,
    Logical_Switch: { j, s: aSwitch("wan", "p1/switch", ["l"]) },
    Logical_Switch_Port: { l: wirePort },
  };
  assert.equal(await reasonOf(wired), "Created");
  const lonely = (selector: string) => reasonOf(wired, uplink("west"), { chassis: [], selector });
  assert.equal(await lonely("edge"), "WaitsForNode no node carries the gateway: label one as edge");
  assert.equal(await lonely(""), "WaitsForNode no node carries the gateway: there is none");
  const lacking = (...chassis: readonly string[]) =>
    reasonOf(wired, uplink("west"), { chassis, lacking: ["n2"], wire: "ovn4nfv-eth1" });
  assert.match(await lacking(), /^WaitsForNode no node carries the gateway: n2 is selected without the wire ovn4nfv-e/);
  assert.match(
    await lacking("n1"),
    /^Created the gateway cannot go to all nodes: n2 is selected without the wire ovn4/,
  );
  assert.equal(reconcilerOn(wired).reconciler.wireOf(uplink("west")), "ovn4nfv-eth1");
  assert.equal(reconcilerOn(topologyRows).reconciler.wireOf(uplink("west")), undefined);
});

test("an address that does not fit the subnet of the ProviderNetwork is refused, and nothing is written", async () => {
  const settings = { [externalId("subnets")]: "198.51.100.0/25", [externalId("gateways")]: "198.51.100.1" };
  const external_ids = new Map([...marks("p1/switch"), ...Object.entries(settings)]);
  const tables = {
    ...topologyRows,
    Logical_Switch: { j: topologyRows.Logical_Switch.j, s: { ...aSwitch("wan", "p1/switch", ["l"]), external_ids } },
    Logical_Switch_Port: { l: wirePort },
  };
  const reasonAt = (address: string) => reasonOf(tables, uplink("west", { addresses: [address] }));
  assert.match(
    await reasonAt("203.0.113.9/25"),
    /^Invalid spec.addresses\[0\] 203.0.113.9 is in no subnet of the Prov/,
  );
  assert.match(
    await reasonAt("198.51.100.10/24"),
    /^Invalid .* has another mask than the subnet 198.51.100.0\/25: write/,
  );
  assert.match(await reasonAt("198.51.100.1/25"), /^Invalid .* is the gateway of the ProviderNetwork wan/);
  assert.equal(await reasonAt("198.51.100.10/25"), "Created");
});

test("an address that a port on the provider's switch holds is refused, and nothing is written", async () => {
  const tables = {
    ...topologyRows,
    Logical_Switch: { j: topologyRows.Logical_Switch.j, s: aSwitch("wan", "p1/switch", ["l", "v"]) },
    Logical_Switch_Port: {
      l: wirePort,
      v: port("", new Map(), ["0a:58:00:00:00:01 198.51.100.10"]),
    },
  };
  assert.match(await reasonOf(tables), /^AddressInUse the address 198.51.100.10 is held by port port-/);
});

test("of two Uplinks with one address in one network the older one has it, and the flags come before both", async () => {
  const spec = { providerNetwork: undefined, physicalNetwork: "lan" };
  const east = uplink("east", spec);
  assert.match(
    await reasonOf(topologyRows, uplink("west", spec), { older: [east] }),
    /^AddressInUse the address 198.51.100.10 is that of the Uplink east/,
  );
  assert.equal(
    await reasonOf(topologyRows, uplink("west", { ...spec, physicalNetwork: "other" }), { older: [east] }),
    "Created",
  );
  const ofFlags = uplink("west", { ...spec, physicalNetwork: "provider", addresses: ["192.0.2.10/24"] });
  assert.match(await reasonOf(topologyRows, ofFlags), /^AddressInUse .* is that of the flags of ovn4nfv-controller/);
});

test("an uplink is kept while a network has its way back there, which the condition names", async () => {
  const rows = (routes: readonly string[]) => ({
    Logical_Router: {
      ...topologyRows.Logical_Router,
      g: router("ovn4nfv-gateway-west", "uplink/uid-west/gateway", routes),
    },
    Logical_Switch: { ...topologyRows.Logical_Switch, s: aSwitch("blue", "u1/switch") },
    Logical_Router_Static_Route: {
      w: {
        ip_prefix: "10.0.0.0/24",
        nexthop: "100.64.0.1",
        route_table: "",
        external_ids: marks("u1/route-10.0.0.0/24"),
      },
    },
  });
  const used = reconcilerOn(rows(["w"]));
  const waiting = await used.reconciler.remove({ uid: "uid-west" }, {});
  assert.match(waiting?.message ?? "", /^networks leave by the uplink: blue/);
  assert.deepEqual(used.sent, []);
  const unused = reconcilerOn(rows([]));
  assert.equal(await unused.reconciler.remove({ uid: "uid-west" }, {}), undefined);
  assert.equal(unused.sent.length, 1);
});

test("an uplink is kept while FloatingIPs hold its addresses, and tells in which namespaces", async () => {
  const named = (row: string, keys: Readonly<Record<string, string>>) =>
    new Map([
      ...marks(row),
      ...Object.entries(keys).map(([key, value]) => [`k8s.plugin.opnfv.org/${key}`, value] as const),
    ]);
  const gateway = router("ovn4nfv-gateway-west", "uplink/uid-west/gateway");
  const hold = (uplink: string) => ({
    name: "h",
    external_ids: named("floating/f/address", { uplink, namespace: "shop" }),
  });
  const rows = (uplink: string) => ({
    ...topologyRows,
    Logical_Router: {
      ...topologyRows.Logical_Router,
      g: { ...gateway, external_ids: named("uplink/uid-west/gateway", { uplink: "west" }) },
    },
    Address_Set: { h: hold(uplink) },
  });
  const waiting = await reconcilerOn(rows("west")).reconciler.remove({ uid: "uid-west" }, {});
  assert.match(waiting?.message ?? "", /^FloatingIPs hold addresses of the uplink, in shop\. Delete them/);
  assert.equal(await reconcilerOn(rows("east")).reconciler.remove({ uid: "uid-west" }, {}), undefined);
});

test("a wrong spec is reported, and nothing is written", async () => {
  assert.match(
    await reasonOf(topologyRows, uplink("west", { addresses: ["198.51.100.10"] })),
    /^Invalid Malformed: spec.addresses/,
  );
});

test("an uplink stays while pods have floating addresses of it, also when no network leaves by it any more", async () => {
  const gateway = { ...router("ovn4nfv-gateway-west", "uplink/uid-west/gateway"), nat: new Set(["n"]) };
  const of = (external_ids: ReadonlyMap<string, string>) => ({
    ...topologyRows,
    Logical_Router: { ...topologyRows.Logical_Router, g: gateway },
    NAT: { n: { type: "dnat_and_snat", external_ip: "198.51.100.20", logical_ip: "10.1.0.7", external_ids } },
  });
  const held = reconcilerOn(
    of(
      new Map([
        [externalId("owner"), "ovn4nfv"],
        [externalId("allocation"), "a"],
      ]),
    ),
  );
  const waiting = await held.reconciler.remove({ uid: "uid-west" }, {});
  assert.equal(waiting?.message, "pods have 1 floating addresses of the uplink: delete these pods first");
  assert.deepEqual(held.sent, []);
  const free = reconcilerOn(of(new Map()));
  assert.equal(await free.reconciler.remove({ uid: "uid-west" }, {}), undefined);
});
