import assert from "node:assert/strict";
import { test } from "node:test";
import { networkUsage } from "#src/commands/inspect/network-usage.ts";
import { indexedNb } from "#test/fixtures/ipam/indexed-nb.ts";

const owned = { owner: "ovn4nfv", allocation: "A", namespace: "default", pod: "web" };

test("a network is shown with what is used and free in each subnet, its settings and its open reservations", () => {
  const { index, source } = indexedNb({
    switches: [
      {
        name: "blue",
        ids: {
          subnets: "10.0.0.0/29,fd00::/64",
          gateways: "10.0.0.1",
          mtu: "1400",
          "allowed-namespaces": "telco,default",
        },
        ports: [
          { name: "A-net1", addresses: ["0a:58:0a:00:00:02 10.0.0.2 fd00::2"], ids: { ...owned, "pod-uid": "" } },
          { name: "B-net1", addresses: ["0a:58:0a:00:00:03 10.0.0.3"], ids: { ...owned, "pod-uid": "u" } },
          { name: "vm", addresses: ["00:00:00:00:00:01 10.0.0.4"] },
        ],
      },
    ],
  });
  assert.deepEqual(networkUsage(index, source), [
    {
      name: "blue",
      subnets: [
        { cidr: "10.0.0.0/29", gateway: "10.0.0.1", capacity: 5n, used: 3n, free: 2n },
        { cidr: "fd00::/64", gateway: undefined, capacity: 2n ** 64n - 2n, used: 1n, free: 2n ** 64n - 3n },
      ],
      openReservations: 1,
      mtu: 1400,
      allowedNamespaces: ["default", "telco"],
      problem: undefined,
    },
  ]);
});

test("the addresses of a pool are counted with the pool alone", () => {
  const pools = JSON.stringify([{ name: "front", range: "10.0.0.4/31 fd00::4" }]);
  const ports = [{ name: "vm", addresses: ["00:00:00:00:00:01 10.0.0.4"] }];
  const ids = { subnets: "10.0.0.0/29,fd00::/125", gateways: "10.0.0.1", pools };
  const { index, source } = indexedNb({ switches: [{ name: "blue", ids, ports }] });
  const [blue] = networkUsage(index, source);
  assert.deepEqual(blue?.subnets[0], { cidr: "10.0.0.0/29", gateway: "10.0.0.1", capacity: 3n, used: 0n, free: 3n });
  assert.deepEqual(blue.pools, [
    { pool: "front", ranges: ["10.0.0.4..10.0.0.5"], capacity: 2n, used: 1n, free: 1n },
    { pool: "front", ranges: ["fd00::4"], capacity: 1n, used: 0n, free: 1n },
  ]);
});

test("a switch without subnets is a network only when it admits namespaces, and then its problem is shown", () => {
  const { index, source } = indexedNb({
    switches: [{ name: "join" }, { name: "empty", ids: { "allowed-namespaces": "*" } }],
  });
  const usage = networkUsage(index, source);
  assert.deepEqual(
    usage.map(({ name, allowedNamespaces, problem }) => ({ name, allowedNamespaces, problem })),
    [{ name: "empty", allowedNamespaces: ["*"], problem: "has no subnet to hand out addresses from" }],
  );
});

test("networks are sorted by name, and two of one name are each shown as a problem", () => {
  const config = { subnet: "10.0.0.0/24" };
  const { index, source } = indexedNb({
    switches: [
      { name: "b", config },
      { name: "twin", config },
      { name: "a", config },
      { name: "twin", config },
    ],
  });
  assert.deepEqual(
    networkUsage(index, source).map(({ name, problem }) => [name, problem]),
    [
      ["a", undefined],
      ["b", undefined],
      ["twin", "is the name of more than one logical switch"],
      ["twin", "is the name of more than one logical switch"],
    ],
  );
});

test("a network with a full pool has a problem, since every pod is refused", () => {
  const { index, source } = indexedNb({
    switches: [{ name: "tiny", config: { subnet: "10.0.0.0/30", exclude_ips: "10.0.0.2" } }],
  });
  assert.equal(networkUsage(index, source)[0]?.problem, "has no free IPv4 address");
});
