import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp, printIp } from "#src/net/ip.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { AddressHolders } from "#src/controllers/services/address-holders.ts";

const id = (name: string) => `k8s.plugin.opnfv.org/${name}`;
const ids = (entries: Record<string, string>) =>
  new Map(Object.entries(entries).map(([name, value]) => [id(name), value]));
const port = (name: string, address: string, owner: Record<string, string>) => ({
  name,
  type: "",
  addresses: [address],
  port_security: [address],
  dynamic_addresses: undefined,
  options: new Map(),
  external_ids: ids(owner),
});
const pod = { owner: "ovn4nfv", allocation: "A", namespace: "shop", pod: "web", cluster: "c" };
const tables: Readonly<Record<string, ReadonlyMap<string, object>>> = {
  Logical_Switch: new Map([
    [
      "s1",
      {
        name: "blue",
        ports: new Set(["p1", "p2", "p3"]),
        external_ids: ids({ row: "n/switch", "exclude-ips": "10.1.0.200..10.1.0.209" }),
      },
    ],
    ["s2", { name: "red", ports: new Set(["p4"]), external_ids: ids({ row: "other/switch" }) }],
  ]),
  Logical_Switch_Port: new Map([
    ["p1", port("A-net1", "0a:00:00:00:00:01 10.1.0.7", { ...pod, "pod-uid": "u1" })],
    ["p2", port("B-net1", "0a:00:00:00:00:02 10.1.0.8", { ...pod, "pod-uid": "" })],
    ["p3", port("vm", "0a:00:00:00:00:03 10.1.0.9", {})],
    ["p4", port("C-net1", "0a:00:00:00:00:04 10.1.0.10", { ...pod, "pod-uid": "u2" })],
  ]),
  Load_Balancer: new Map([
    ["l1", { name: "own", vips: new Map([["10.1.0.200:80", ""]]), external_ids: ids({ row: "services/s/tcp" }) }],
    ["l2", { name: "theirs", vips: new Map([["10.1.0.201:80", ""]]), external_ids: new Map() }],
  ]),
};
const source = { rows: ({ name }: { readonly name: string }) => tables[name] ?? new Map() } as unknown as RowSource;
const self = { uid: "s", namespace: "shop" };
const holders = new AddressHolders(source, "c", "n", self);
const holderOf = (text: string) => {
  const address = parseIp(text);
  assert.ok(address);
  return holders.of(address);
};

test("ports of the network and other load balancers hold addresses; rows of the Service itself are held by it", () => {
  assert.deepEqual(["10.1.0.7", "10.1.0.8", "10.1.0.9", "10.1.0.10", "10.1.0.200", "10.1.0.201"].map(holderOf), [
    "port A-net1",
    "port B-net1",
    "a port",
    undefined,
    undefined,
    "a load balancer of somebody else",
  ]);
  assert.deepEqual(holders.held.map(printIp), ["10.1.0.200"]);
});

test("only ports that are bound to a pod of this cluster are its addresses", () => {
  assert.deepEqual(holders.addressesOfPod("u1").map(printIp), ["10.1.0.7"]);
  assert.deepEqual(holders.addressesOfPod("u2"), []);
  assert.deepEqual(new AddressHolders(source, "another", "n", self).addressesOfPod("u1"), []);
});

test("what is not of the namespace of the Service has no name in its condition", () => {
  const balancer = (name: string, uid: string, vip: string) => ({
    name,
    vips: new Map([[vip, ""]]),
    external_ids: ids({ row: `services/${uid}/tcp` }),
  });
  const near = balancer("ovn4nfv/shop/db/tcp/t", "t", "10.1.0.202:80");
  const far = balancer("ovn4nfv/bank/vault/tcp/u", "u", "10.1.0.203:80");
  const all: typeof tables = { ...tables, Load_Balancer: new Map(Object.entries({ near, far })) };
  const rows = { rows: ({ name }: { readonly name: string }) => all[name] ?? new Map() } as unknown as RowSource;
  const seen = (namespace: string, text: string) => {
    const address = parseIp(text);
    assert.ok(address);
    return new AddressHolders(rows, "c", "n", { uid: "s", namespace }).of(address);
  };
  assert.deepEqual(
    ["10.1.0.202", "10.1.0.203"].map((text) => seen("shop", text)),
    ["the Service db", "another Service"],
  );
  assert.equal(seen("bank", "10.1.0.7"), "a port");
});

test("an address is reserved when the switch of the network keeps it from pods", () => {
  const isReserved = (network: string, text: string) => {
    const address = parseIp(text);
    assert.ok(address);
    return new AddressHolders(source, "c", network, self).isReserved(address);
  };
  assert.deepEqual(
    ["10.1.0.205", "10.1.0.210"].map((text) => isReserved("n", text)),
    [true, false],
  );
  assert.equal(isReserved("other", "10.1.0.205"), false);
});
