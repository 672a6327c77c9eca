import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import {
  planProviderRouter,
  type ProviderRouter,
  type ProviderRouterFacts,
  routerAddresses,
  routerConditions,
} from "#src/controllers/networks/provider-router.ts";
import { topologyRouterPort } from "#src/ovn/owned/topology-tables.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const config = parseProviderNetwork({
  metadata: { name: "outside", namespace: "default", uid: "u1" },
  spec: {
    providerNetType: "VLAN",
    ipv4Subnets: [{ subnet: "172.30.10.0/24", gateway: "172.30.10.254", excludeIps: "172.30.10.200..172.30.10.253" }],
    ipv6Subnets: [{ subnet: "fd10::/64" }],
    vlan: { vlanId: 100, providerInterfaceName: "eth1" },
  },
});
const node = (name: string, ready: boolean) => ({ name, ready, reason: "" });
const port = (...ips: readonly string[]) => ({
  name: "p",
  pod: "default/a",
  ips: ips.map(ip),
  reservedAtMs: undefined,
});
const routerPort = (id: string, name: string, networks: readonly string[]) =>
  [id, { id, table: topologyRouterPort, uuid: id, row: { name, networks } as never }] as const;

const plan = (facts: Partial<ProviderRouterFacts> = {}): ProviderRouter =>
  planProviderRouter(config, {
    owned: { rows: new Map(), foreignNames: new Set() },
    ports: [],
    uplinks: [],
    carrying: {
      chosenNode: undefined,
      nodes: [node("n3", false), node("n2", true), node("n1", true), node("n4", true)],
    },
    chassisOf: (name) => ({ n1: "c1", n2: "c2", n3: "c3", n4: "" })[name],
    ...facts,
  });
const ownedWith = (...ports: readonly ReturnType<typeof routerPort>[]) => ({
  rows: new Map(ports),
  foreignNames: new Set<string>(),
});

describe("planProviderRouter", () => {
  it("takes the last free address of each subnet, and the chassis of nodes that carry the network", () => {
    const router = plan({ ports: [port("172.30.10.199", "172.30.10.5")] });
    assert.deepEqual(routerAddresses(router), ["172.30.10.198", "fd10::ffff:ffff:ffff:ffff"]);
    assert.deepEqual(router.kind === "port" && router.chassis, ["c1", "c2"]);
  });

  it("keeps the addresses that the port has, until somebody else has them", () => {
    const networks = ["172.30.10.7/24", "fd10::7/64"];
    const owned = ownedWith(routerPort("u1/rtos-outside", "rtos-outside", networks));
    assert.deepEqual(routerAddresses(plan({ owned })), ["172.30.10.7", "fd10::7"]);
    const [moved, stayed] = routerAddresses(plan({ owned, ports: [port("172.30.10.7")] }));
    assert.deepEqual([moved, stayed], ["172.30.10.199", "fd10::7"]);
  });

  it("is refused where an Uplink stands, where a prefix overlaps, and where no address is free", () => {
    const reasonOf = (router: ProviderRouter) => (router.kind === "refused" ? router.reason : router.kind);
    assert.equal(reasonOf(plan({ uplinks: ["dc"] })), "UplinkThere");
    const overlap = ownedWith(routerPort("u2/rtos-blue", "rtos-blue", ["172.30.0.1/16"]));
    assert.equal(reasonOf(plan({ owned: overlap })), "SubnetOverlap");
    const all = Array.from({ length: 199 }, (_, n) => port(`172.30.10.${n + 1}`));
    assert.equal(reasonOf(plan({ ports: all })), "AddressesHeld");
  });
});

describe("routerConditions", () => {
  it("says what the port waits for, and nothing where no chain needs it", () => {
    const reasons = (router: ProviderRouter | undefined) =>
      routerConditions(router, undefined).map(({ reason }) => reason);
    assert.deepEqual(reasons(undefined), []);
    assert.deepEqual(reasons(plan()), ["Made"]);
    assert.deepEqual(reasons(plan({ chassisOf: () => undefined })), ["WaitsForNode"]);
    assert.deepEqual(reasons(plan({ uplinks: ["dc"] })), ["UplinkThere"]);
  });

  it("keeps the condition of before while nobody can say", () => {
    const old = { type: "RouterPort", status: "True", reason: "Made", message: "", lastTransitionTime: "t" } as const;
    assert.deepEqual(routerConditions({ kind: "unknown" }, { conditions: [old] }), [
      { type: "RouterPort", status: "True", reason: "Made", message: "" },
    ]);
    assert.deepEqual(routerConditions({ kind: "unknown" }, undefined), []);
  });
});
