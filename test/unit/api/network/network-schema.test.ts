import assert from "node:assert/strict";
import { test } from "node:test";
import { networkSpecSchema } from "#src/api/network/network-schema.ts";

/** example/ovn4nfv-network.yaml of Nodus, which leaves out the gateway in some places. */
const nodus = {
  cniType: "ovn4nfv",
  ipv4Subnets: [
    {
      subnet: "172.16.33.0/24",
      name: "subnet1",
      gateway: "172.16.33.1/24",
      excludeIps: "172.16.33.2 172.16.33.5..172.16.33.10",
    },
  ],
  dns: { nameservers: ["10.0.0.2"], domain: "example.org", search: ["example.org"], options: ["ndots:2"] },
  routes: [{ dst: "192.0.2.0/24", gw: "172.16.33.1" }],
};

test("a Network of Nodus is taken as it is", () => {
  assert.deepEqual(networkSpecSchema.parse(nodus), nodus);
});

test("an address prefix of multicast MACs is refused", () => {
  assert.equal(networkSpecSchema.safeParse({ ...nodus, macPrefix: "01:00" }).success, false);
  assert.equal(networkSpecSchema.safeParse({ ...nodus, macPrefix: "0A:58" }).success, true);
});

test("an MTU below what IPv4 needs is refused", () => {
  assert.equal(networkSpecSchema.safeParse({ ...nodus, mtu: 575 }).success, false);
});
