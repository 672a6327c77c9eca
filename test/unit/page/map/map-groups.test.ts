import assert from "node:assert/strict";
import { test } from "node:test";
import { groupItems } from "#page/map/map-groups.ts";
import { someNetwork, somePod } from "#test/fixtures/view/some-items.ts";

const networks = (count: number, routers: number) =>
  Array.from({ length: count }, (_, at) => someNetwork(`net-${at}`, { routers: [`router/r${at % routers}`] }));

test("a dozen objects of a kind are shown one by one, and more are a group", () => {
  assert.equal(groupItems(networks(12, 1), new Set()).length, 12);
  const [group, ...others] = groupItems(networks(13, 1), new Set());
  assert.deepEqual([group?.label, group?.members.length, others.length], ["13 networks", 13, 0]);
});

test("hundreds that are opened are groups by what they are connected to, of which some are opened", () => {
  const items = networks(300, 5);
  const closed = groupItems(items, new Set(["group:network"]));
  assert.deepEqual(
    closed.map(({ label }) => label),
    ["60 networks on r0", "60 networks on r1", "60 networks on r2", "60 networks on r3", "60 networks on r4"],
  );
  const open = groupItems(items, new Set(["group:network", "group:network:router/r1"]));
  assert.equal(open.length, 4 + 40 + 1);
  assert.deepEqual(
    open.filter(({ canOpen, isGroup }) => isGroup && !canOpen).map(({ label }) => label),
    ["20 more on r1"],
  );
});

test("however many there are, every object is in one node", () => {
  const pods = Array.from({ length: 500 }, (_, at) => somePod("shop", `p-${at}`, [`net-${at % 7}`]));
  for (const open of [[], ["group:pod"], ["group:pod:network/net-3"]]) {
    const members = groupItems([...networks(100, 3), ...pods], new Set(open)).flatMap(({ members: all }) => all);
    assert.equal(new Set(members).size, 600);
    assert.equal(members.length, 600);
  }
});

test("pods of a few networks are groups of these networks from the beginning", () => {
  const pods = Array.from({ length: 50 }, (_, at) => somePod("shop", `p-${at}`, at === 0 ? [] : [`net-${at % 2}`]));
  assert.deepEqual(
    groupItems(pods, new Set()).map(({ label }) => label),
    ["p-0", "25 pods on net-1", "24 pods on net-0"],
  );
});
