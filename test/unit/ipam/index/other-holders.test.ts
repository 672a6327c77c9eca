import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert } from "ovsdb-client";
import type { HolderKey } from "#src/ipam/index/address-key.ts";
import { otherHolders } from "#src/ipam/index/other-holders.ts";
import { logicalRouterPort, nat } from "#src/ovn/nb-tables.ts";
import { keyOf, macOf, NbFixture, recoveredPod } from "#test/fixtures/ipam/nb-fixture.ts";

const key = keyOf("10.0.0.2");
const mac = macOf("0a:00:00:00:00:02");

function blue() {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/24", { gateways: "10.0.0.1" });
  const [state] = nb.index.named("blue");
  assert.ok(state);
  const kinds = (held: HolderKey) => ({
    plan: otherHolders(nb.index, state, held, "plan").map(({ kind }) => kind),
    check: otherHolders(nb.index, state, held, "conflict check").map(({ kind }) => kind),
    row: otherHolders(nb.index, state, held, "known row").map(({ kind }) => kind),
  });
  return { nb, state, kinds };
}

describe("the other holders of an address or MAC", () => {
  it("are nobody where it is free, or where only the one who asks has it, and that answer is one and the same list", () => {
    const { nb, state } = blue();
    const own = nb.addPort("blue", "own", { addresses: "0a:00:00:00:00:02 10.0.0.2" });
    const answers = [
      otherHolders(nb.index, state, keyOf("10.0.0.9"), "plan"),
      otherHolders(nb.index, state, macOf("0a:00:00:00:00:09"), "conflict check"),
      otherHolders(nb.index, state, key, "conflict check", own),
      otherHolders(nb.index, state, mac, "known row", own),
    ];
    assert.deepEqual(answers, [[], [], [], []]);
    assert.equal(new Set(answers).size, 1, "a list was made for nobody");
  });

  it("are ports and router ports of this switch, whatever is asked, and never the one who asks", () => {
    const { nb, state, kinds } = blue();
    nb.addSwitch("red", "10.0.0.0/24");
    const own = nb.addPort("blue", "own", { addresses: "0a:00:00:00:00:02 10.0.0.2" });
    const vm = nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:03 10.0.0.2" });
    nb.addPort("red", "elsewhere", { addresses: "0a:00:00:00:00:02 10.0.0.2" });
    nb.commit(insert(logicalRouterPort, { name: "lrp", mac: "0a:00:00:00:00:09", networks: ["10.0.0.2/24"] }));
    nb.addPort("blue", "router", { type: "router", addresses: "router", options: { "router-port": "lrp" } });
    assert.deepEqual(otherHolders(nb.index, state, key, "known row", own), [
      { kind: "port", uuid: vm },
      { kind: "router port", name: "router" },
    ]);
    assert.deepEqual(otherHolders(nb.index, state, mac, "conflict check", own), []);
    const all = ["port", "port", "router port"];
    assert.deepEqual(kinds(key), { plan: all, check: all, row: all });
  });

  it("are NAT rules by their address always, and by their MAC unless a row asks that may stand behind the rule", () => {
    const { nb, kinds } = blue();
    nb.commit(insert(nat, { external_ip: "10.0.0.2", external_mac: mac }));
    const natAddress = ["NAT address"];
    assert.deepEqual(kinds(key), { plan: natAddress, check: natAddress, row: natAddress });
    assert.deepEqual(kinds(mac), { plan: natAddress, check: natAddress, row: [] });
  });

  it("are those whom NB does not show only for a plan", () => {
    const { nb, state, kinds } = blue();
    nb.index.recovered.add(recoveredPod("blue", "10.0.0.2", mac));
    for (const held of [key, mac]) state.withheld.add(held);
    for (const held of [key, mac]) {
      assert.deepEqual(kinds(held), { plan: ["recovered pod", "withheld"], check: [], row: [] });
    }
  });
});
