import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { podsBefore, subnetAges } from "#src/controllers/networks/older-pods.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const networkOf = (...subnets: readonly string[]) =>
  parseNetwork({
    metadata: { name: "blue" },
    spec: { ipv4Subnets: subnets.map((subnet) => ({ subnet })), ipv6Subnets: [{ subnet: "fd10::/64" }] },
  });
const [early, between, late] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"] as const;
const port = (pod: string, reservedAt: string, ...addresses: readonly string[]) => ({
  name: "p",
  pod,
  ips: addresses.map(ip),
  reservedAtMs: Date.parse(reservedAt),
});

test("subnets of the first status have no date, and one that is added has that of its first sight for ever", () => {
  const first = subnetAges(networkOf("10.1.0.0/24", "10.2.0.0/24"), undefined, early);
  assert.deepEqual(first, [{ subnet: "10.1.0.0/24" }, { subnet: "10.2.0.0/24" }, { subnet: "fd10::/64" }]);
  const enlarged = networkOf("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24");
  const second = subnetAges(enlarged, first, between);
  assert.deepEqual(second[2], { subnet: "10.3.0.0/24", since: between });
  assert.deepEqual(subnetAges(enlarged, second, late), second);
});

test("pods in another subnet of the family that were there before lack the route, and later pods do not", () => {
  const config = networkOf("10.1.0.0/24", "10.2.0.0/24");
  const ages = [{ subnet: "10.1.0.0/24" }, { subnet: "10.2.0.0/24", since: between }, { subnet: "fd10::/64" }];
  const ports = [
    port("default/old", early, "10.1.0.5", "fd10::5"),
    port("default/six", early, "fd10::6"),
    port("default/inside", early, "10.2.0.7"),
    port("default/new", late, "10.1.0.8"),
    { name: "vm-1", pod: undefined, ips: [ip("10.1.0.9")], reservedAtMs: undefined },
  ];
  assert.deepEqual([...podsBefore(config, ports, ages)], [["10.2.0.0/24", ["default/old"]]]);
});
