import assert from "node:assert/strict";
import { test } from "node:test";
import { networkItems, networksOfObjects } from "#src/commands/view/items/network-items.ts";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { indexedNb } from "#test/fixtures/ipam/indexed-nb.ts";

const condition = (status: string, reason: string, message: string) => [
  { type: "Ready", status, reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" },
];
const object = (name: string, status: object, spec: object = {}) =>
  projectNetwork({ metadata: { name, namespace: "shop", uid: name, resourceVersion: "1" }, spec, status });

test("a network has its usage as texts, its object, and the keys of what it is connected to", () => {
  const { index, source } = indexedNb({
    switches: [{ name: "blue", ids: { subnets: "10.0.0.0/29,fd00::/64", gateways: "10.0.0.1" } }],
  });
  const nb = { index, rows: source.rows.bind(source) };
  const uuid = index.named("blue")[0]?.uuid ?? "";
  const links = new Map([[uuid, { routers: ["r1"], wire: "lan" }]]);
  const objects = [object("blue", { conditions: condition("True", "Created", "") }, { uplink: "west" })];
  const [blue] = networkItems(nb, links, objects);
  assert.deepEqual(blue, {
    kind: "network",
    key: "network/blue",
    name: "blue",
    ready: "yes",
    usage: [
      { of: "10.0.0.0/29", gateway: "10.0.0.1", capacity: "5", used: "0", free: "5" },
      { of: "fd00::/64", capacity: (2n ** 64n - 2n).toString(), used: "0", free: (2n ** 64n - 2n).toString() },
    ],
    openReservations: 0,
    allowedNamespaces: [],
    object: { kind: "Network", namespace: "shop" },
    routers: ["router/r1"],
    wire: "wire/lan",
    uplink: "uplink/west",
  });
});

test("a switch whose settings are wrong is not ready, whether it has an object or not", () => {
  const { index, source } = indexedNb({ switches: [{ name: "odd", ids: { subnets: "10.0.0.1/x" } }] });
  const [odd] = networkItems({ index, rows: source.rows.bind(source) }, new Map(), undefined);
  assert.deepEqual([odd?.ready, odd?.reason], ["no", "Problem"]);
  assert.notEqual(odd?.message, undefined);
});

test("without the database a network is what its status says", () => {
  const pools = [
    { family: "IPv4", capacity: "250", used: "3" },
    { name: "front", family: "IPv4", capacity: "4", used: "4" },
  ];
  const columns = { subnets: "10.1.0.0/24", used: "3/250", allowed: "shop,web" };
  const status = { conditions: condition("False", "WaitsForUplink", "no way out"), pools, columns };
  const [blue] = networksOfObjects([object("blue", status)]);
  assert.deepEqual([blue?.ready, blue?.reason, blue?.message], ["no", "WaitsForUplink", "no way out"]);
  assert.deepEqual(blue?.usage, [
    { of: "10.1.0.0/24", capacity: "250", used: "3", free: "247" },
    { of: "IPv4", pool: "front", capacity: "4", used: "4", free: "0" },
  ]);
  assert.deepEqual(blue.allowedNamespaces, ["shop", "web"]);
});

test("a status whose numbers are none has no usage, and shows the network all the same", () => {
  for (const capacity of ["", "many", "-1", "0x10", "9".repeat(40)]) {
    const pools = [{ family: "IPv4", capacity, used: "3" }];
    const [blue] = networksOfObjects([object("blue", { conditions: condition("True", "Created", ""), pools })]);
    assert.deepEqual([blue?.name, blue?.usage], ["blue", []], capacity);
  }
});
