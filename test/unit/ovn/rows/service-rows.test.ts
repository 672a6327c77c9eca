import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { planRows } from "#src/ovn/owned/owned-rows.ts";
import { readOwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { fakeRows } from "#test/fakes/ovn/fake-nb.ts";
import {
  type BalancedService,
  outsideServiceRows,
  scopeOfRow,
  serviceRows,
  servicesWithRows,
} from "#src/ovn/rows/service-rows.ts";

const ip = (text: string) => {
  const address = parseIp(text);
  assert.ok(address);
  return address;
};
const service: BalancedService = {
  uid: "s",
  namespace: "shop",
  name: "web",
  addresses: [ip("10.1.0.200"), ip("fd00::200")],
  ports: [
    {
      protocol: "TCP",
      port: 80,
      backends: [
        { address: ip("10.1.0.7"), port: 8080 },
        { address: ip("fd00::7"), port: 8080 },
        { address: ip("10.1.0.8"), port: 8080 },
      ],
    },
    { protocol: "UDP", port: 53, backends: [] },
  ],
  affinitySeconds: 60,
};

test("each protocol has a load balancer, with the backends of each family behind its address", () => {
  const [tcp, udp] = serviceRows(service);
  assert.deepEqual(tcp?.columns, { name: "ovn4nfv/shop/web/tcp/s", protocol: "tcp" });
  assert.deepEqual(tcp.maps?.["vips"], {
    "10.1.0.200:80": "10.1.0.7:8080,10.1.0.8:8080",
    "[fd00::200]:80": "[fd00::7]:8080",
  });
  assert.deepEqual(tcp.merged?.["options"], { reject: "true", affinity_timeout: "60" });
  assert.deepEqual(udp?.maps?.["vips"], { "10.1.0.200:53": "", "[fd00::200]:53": "" });
});

test("a port that went is taken out of the row", () => {
  const [tcp] = serviceRows(service);
  assert.ok(tcp);
  const row = {
    ...tcp.columns,
    vips: new Map([...Object.entries(tcp.maps?.["vips"] ?? {}), ["10.1.0.200:81", "10.1.0.7:1"]]),
    options: new Map(Object.entries(tcp.merged?.["options"] ?? {})),
    external_ids: new Map([
      [externalId("owner"), "ovn4nfv"],
      [externalId("cluster"), "c"],
      [externalId("row"), tcp.id],
    ]),
  };
  const now = readOwnedRows(fakeRows({ Load_Balancer: { u: row } }), "c");
  const { operations } = planRows("services/s", [tcp], now, "c");
  assert.equal(operations.length, 1);
  assert.match(JSON.stringify(operations), /"vips","delete",\["set",\["10\.1\.0\.200:81"\]\]/);
  assert.deepEqual([...servicesWithRows(now)], ["s"]);
});

test("a Service that comes again has other names, and pods in another order change no row", () => {
  const namesOf = (one: BalancedService) => serviceRows(one).map(({ columns }) => columns["name"]);
  for (const name of namesOf({ ...service, uid: "next" })) assert.ok(!namesOf(service).includes(name));
  const turned = service.ports.map((port) => ({ ...port, backends: port.backends.toReversed() }));
  assert.deepEqual(serviceRows({ ...service, ports: turned }), serviceRows(service));
});

const outside = { uplink: "west", held: [ip("198.51.100.20")], addresses: [ip("198.51.100.20")], gatewayId: "g" };

test("a Service that is reached from outside holds its address as a FloatingIP does, and is balanced at the gateway", () => {
  const [hold, tcp, udp] = outsideServiceRows(service, outside);
  assert.deepEqual([hold?.id, hold?.table.name], ["services/s/address-4", "Address_Set"]);
  assert.deepEqual(hold?.settings, {
    [externalId("uplink")]: "west",
    [externalId("namespace")]: "shop",
    [externalId("floating-address")]: "198.51.100.20",
  });
  assert.deepEqual(tcp?.parent, { id: "g", column: "load_balancer" });
  assert.deepEqual(tcp.maps?.["vips"], { "198.51.100.20:80": "10.1.0.7:8080,10.1.0.8:8080" });
  assert.equal(udp?.id, "services/s/outside-west-udp");
  assert.equal(scopeOfRow(udp.id), scopeOfRow(hold.id));
});

test("an address that may not be used is held, and balanced by nobody", () => {
  const ids = (more: object) => outsideServiceRows(service, { ...outside, ...more }).map(({ id }) => id);
  assert.deepEqual(ids({ addresses: [] }), ["services/s/address-4"]);
  assert.deepEqual(ids({ gatewayId: undefined }), ["services/s/address-4"]);
});

test("a Service without an address on its network has no load balancer there", () => {
  assert.deepEqual(serviceRows({ ...service, addresses: [] }), []);
});

test("a load balancer is put onto the gateway again when that was made again", () => {
  const [, tcp] = outsideServiceRows(service, outside);
  assert.ok(tcp);
  const marks = (id: string) =>
    new Map([
      [externalId("owner"), "ovn4nfv"],
      [externalId("cluster"), "c"],
      [externalId("row"), id],
    ]);
  const row = {
    ...tcp.columns,
    vips: new Map(Object.entries(tcp.maps?.["vips"] ?? {})),
    options: new Map(Object.entries(tcp.merged?.["options"] ?? {})),
    external_ids: marks(tcp.id),
  };
  const written = (balancers: readonly string[]) => {
    const gateway = { name: "gateway", load_balancer: new Set(balancers), external_ids: marks("g") };
    const now = readOwnedRows(fakeRows({ Load_Balancer: { u: row }, Logical_Router: { r: gateway } }), "c");
    return planRows("services/s", [tcp], now, "c").operations;
  };
  assert.deepEqual(written(["u"]), []);
  assert.match(JSON.stringify(written([])), /"load_balancer","insert",\["set",\[\["uuid","u"\]\]\]/);
});
