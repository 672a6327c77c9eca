import assert from "node:assert/strict";
import { test } from "node:test";
import { heldAddresses } from "#src/commands/inspect/address-holders.ts";
import { indexedNb, type NbData } from "#test/fixtures/ipam/indexed-nb.ts";

function lines(data: NbData): readonly string[] {
  const { index, source } = indexedNb(data);
  return heldAddresses(index.switches(), index, source).map(({ network, address, macs, port, kind, owner }) =>
    [network, address ?? "-", macs.join(",") || "-", port ?? "-", kind, owner ?? "-"].join(" "),
  );
}

test("each holder is shown with its kind, in the order of addresses", () => {
  const owned = { owner: "ovn4nfv", allocation: "A", namespace: "default" };
  const found = lines({
    switches: [
      {
        name: "blue",
        config: { subnet: "10.0.0.0/24" },
        ports: [
          { name: "A-net1", addresses: ["0a:58:0a:00:00:0a 10.0.0.10"], ids: { ...owned, pod: "web", "pod-uid": "u" } },
          {
            name: "B-net1",
            addresses: ["0a:58:0a:00:00:09 10.0.0.9 fd00::9"],
            ids: { ...owned, pod: "", "pod-uid": "" },
          },
          {
            name: "kept",
            addresses: ["0a:58:0a:00:00:08 10.0.0.8"],
            ids: { owner: "ovn4nfv", namespace: "default", claim: "db-0" },
          },
          { name: "vm", addresses: ["00:00:00:00:00:01 10.0.0.4"] },
          { name: "mac-only", addresses: ["00:00:00:00:00:02"] },
          { name: "to-router", type: "router", addresses: ["router"], options: { "router-port": "rp" } },
        ],
      },
    ],
    routerPorts: [{ name: "rp", mac: "02:00:00:00:00:01", networks: ["10.0.0.1/24"] }],
    natAddresses: ["10.0.0.200"],
    vips: ["10.0.0.100:80", "10.9.0.1:80"],
  });
  assert.deepEqual(found, [
    "blue 10.0.0.1 02:00:00:00:00:01 to-router router port -",
    "blue 10.0.0.4 00:00:00:00:00:01 vm foreign port -",
    "blue 10.0.0.8 0a:58:0a:00:00:08 kept IPAMClaim default/db-0",
    "blue 10.0.0.9 0a:58:0a:00:00:09 B-net1 reservation default/*",
    "blue 10.0.0.10 0a:58:0a:00:00:0a A-net1 pod default/web",
    "blue 10.0.0.100 - - load balancer address lb",
    "blue 10.0.0.200 - - NAT address -",
    "blue fd00::9 0a:58:0a:00:00:09 B-net1 reservation default/*",
    "blue - 00:00:00:00:00:02 mac-only foreign port -",
  ]);
});

test("load balancer addresses are read with and without port, in both families", () => {
  const found = lines({
    switches: [{ name: "six", ids: { subnets: "fd00::/64,10.0.0.0/24" } }],
    vips: ["[fd00::1]:80", "fd00::2", "10.0.0.3:80", "10.0.0.4"],
  });
  assert.deepEqual(
    found.map((line) => line.split(" ")[1]),
    ["10.0.0.3", "10.0.0.4", "fd00::1", "fd00::2"],
  );
});

test("an address that two ports have is shown once for each, and networks do not mix", () => {
  const port = (name: string) => ({ name, addresses: ["00:00:00:00:00:01 10.0.0.4"] });
  const found = lines({
    switches: [
      { name: "b", ports: [port("b1")] },
      { name: "a", ports: [port("a1"), port("a2")] },
    ],
  });
  assert.deepEqual(
    found.map((line) => line.split(" ")[3]),
    ["a1", "a2", "b1"],
  );
});
