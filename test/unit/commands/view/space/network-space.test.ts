import assert from "node:assert/strict";
import { test } from "node:test";
import { networkSpace } from "#src/commands/view/space/network-space.ts";
import { PageFaultError } from "#src/view/server/page-faults.ts";
import { indexedNb } from "#test/fixtures/ipam/indexed-nb.ts";

const owned = { owner: "ovn4nfv", allocation: "A", namespace: "shop", pod: "web" };
const { index, source } = indexedNb({
  switches: [
    {
      name: "blue",
      ids: { subnets: "10.0.0.0/28,fd00::/64", gateways: "10.0.0.1" },
      ports: [
        { name: "A-net1", addresses: ["0a:58:0a:00:00:02 10.0.0.2 fd00::2"], ids: { ...owned, "pod-uid": "u" } },
        { name: "B-net1", addresses: ["0a:58:0a:00:00:03 10.0.0.3"], ids: { ...owned, pod: "", "pod-uid": "" } },
        {
          name: "db",
          addresses: ["0a:58:0a:00:00:05 10.0.0.5"],
          ids: { owner: "ovn4nfv", namespace: "shop", claim: "db" },
        },
        { name: "vm", addresses: ["00:00:00:00:00:01 10.0.0.4"] },
      ],
    },
  ],
});
const nb = { index, rows: source.rows.bind(source) };

test("each address that somebody has is told with its holder and what the page shows of it", () => {
  const { subnets } = networkSpace(nb, "blue", {});
  const [four, six] = subnets;
  const held = four?.segments.filter(({ who }) => who !== undefined);
  assert.deepEqual(
    held?.map(({ from, state, who, key }) => [from, state, who, key]),
    [
      ["10.0.0.1", "router", "gateway", undefined],
      ["10.0.0.2", "used", "pod shop/web", "pod/shop/web"],
      ["10.0.0.3", "reserved", "reservation shop/*", undefined],
      ["10.0.0.4", "other", "foreign port vm", undefined],
      ["10.0.0.5", "held", "IPAMClaim shop/db", "claim/shop/db"],
    ],
  );
  assert.equal(held[1]?.mac, "0a:58:0a:00:00:02");
  assert.deepEqual([four?.capacity, four?.used, four?.free], ["13", "4", "9"]);
  // Nobody gets the first address of a subnet without a gateway, since OVN would give it to a router.
  const words = six?.segments.map(({ from, to, state }) => `${from} ${to} ${state}`);
  assert.deepEqual(words?.slice(0, 2), ["fd00:: fd00::1 excluded", "fd00::2 fd00::2 used"]);
  assert.equal(six?.segments.length, 3);
});

test("a subnet is asked for by its prefix, and goes on where it ended", () => {
  const first = networkSpace(nb, "blue", { subnet: "10.0.0.0/28" }, 3).subnets;
  assert.deepEqual(
    first.map(({ cidr, next }) => [cidr, next]),
    [["10.0.0.0/28", "10.0.0.3"]],
  );
  const [second] = networkSpace(nb, "blue", { subnet: "10.0.0.0/28", after: "10.0.0.3" }, 3).subnets;
  assert.equal(second?.segments[0]?.from, "10.0.0.3");
});

test("what is not there is said, with what is wrong", () => {
  const code = (name: string, query: Readonly<Record<string, string>>): unknown => {
    try {
      return networkSpace(nb, name, query);
    } catch (caught) {
      return caught instanceof PageFaultError ? caught.fault.code : caught;
    }
  };
  assert.equal(code("red", {}), "NotFound");
  assert.equal(code("blue", { subnet: "10.9.0.0/24" }), "NotFound");
  assert.equal(code("blue", { subnet: "10.0.0.0/28", after: "fd00::1" }), "BadQuery");
  assert.equal(code("blue", { after: "x" }), "BadQuery");
});
