import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "#src/net/ip.ts";
import { floatingColumns, floatingKeys } from "#src/ovn/rows/floating-rows.ts";

function ip(text: string) {
  const found = parseIp(text);
  assert.ok(found);
  return found;
}
const pair = { externalIp: ip("198.51.100.20"), logicalIp: ip("10.1.0.7") };

test("the rule of a floating address translates in both directions, at the chassis of the gateway", () => {
  assert.deepEqual(floatingColumns({ ...pair, distributedPort: undefined }), {
    type: "dnat_and_snat",
    external_ip: "198.51.100.20",
    logical_ip: "10.1.0.7",
    logical_port: undefined,
    external_mac: undefined,
  });
});

test("a distributed rule names the port and a MAC that the address alone decides", () => {
  const one = floatingColumns({ ...pair, distributedPort: "01K-net1" });
  const moved = floatingColumns({ ...pair, logicalIp: ip("10.1.0.8"), distributedPort: "01L-net1" });
  assert.equal(one.logical_port, "01K-net1");
  assert.equal(one.external_mac, "0a:58:c6:33:64:14");
  assert.equal(moved.external_mac, one.external_mac);
  const ipv6 = { externalIp: ip("2001:db8:51::100"), logicalIp: ip("fd10::7"), distributedPort: "01K-net1" };
  assert.match(floatingColumns(ipv6).external_mac ?? "", /^0a:58:/);
});

test("the rule says whose pool and whose limit it counts for", () => {
  assert.deepEqual(floatingKeys({ uplink: "west", namespace: "telco" }), {
    "k8s.plugin.opnfv.org/uplink": "west",
    "k8s.plugin.opnfv.org/namespace": "telco",
  });
});
