import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { planRows } from "#src/ovn/owned/owned-rows.ts";
import { readOwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { fakeRows } from "#test/fakes/ovn/fake-nb.ts";
import { type BalancedService, serviceRows, servicesWithRows } from "#src/ovn/rows/service-rows.ts";

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
