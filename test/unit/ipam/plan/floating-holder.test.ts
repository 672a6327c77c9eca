import assert from "node:assert/strict";
import { test } from "node:test";
import { outsideHolders } from "#src/ipam/index/floating-search.ts";
import { describeOutside } from "#src/ipam/plan/floating-holder.ts";
import { addHold, addRule, podRule, withUplink } from "#test/fixtures/ipam/floating-nb.ts";
import { ipOf } from "#test/fixtures/ipam/nb-fixture.ts";

test("a holder is named in full for the log, and to the user as far as the namespace is its own", () => {
  const nb = withUplink();
  const [gateway] = nb.index.floating.gateways();
  assert.ok(gateway);
  addRule(nb, "198.51.100.20", podRule("a"));
  addHold(nb, "198.51.100.21", "u1");
  addRule(nb, "198.51.100.22");
  const told = (ip: string, namespace: string) => {
    const [holder] = outsideHolders(nb.index, gateway, ipOf(ip), false);
    return describeOutside({ holder, recovered: undefined, isSiblings: false }, namespace, nb.index);
  };
  assert.deepEqual(told("198.51.100.20", "default"), {
    shown: " by another pod that is being created",
    holder: "a reservation of namespace default",
  });
  nb.addPort("blue", "a-net1", { allocation: "a", pod: "web-0", addresses: "0a:58:0a:00:00:09 10.0.0.9" });
  assert.deepEqual(told("198.51.100.20", "telco"), {
    shown: " by a pod of another namespace",
    holder: "pod default/web-0",
  });
  assert.equal(told("198.51.100.21", "default").shown, " by a FloatingIP of the namespace default");
  assert.equal(told("198.51.100.22", "default").shown, " by a NAT rule of somebody else");
});
