import assert from "node:assert/strict";
import { test } from "node:test";
import { linksOf } from "#page/map/map-links.ts";
import { someFloatingIp, someNetwork, someNode, somePod, somePolicy } from "#test/fixtures/view/some-items.ts";

test("each object names what it is connected to once", () => {
  const keys = (item: Parameters<typeof linksOf>[0]) => linksOf(item).map(({ to }) => to);
  assert.deepEqual(keys(somePod("shop", "web", ["blue", "blue", "red"], "n1")), [
    "network/blue",
    "network/red",
    "node/n1",
  ]);
  assert.deepEqual(keys(someNetwork("blue", { routers: ["router/a"], uplink: "uplink/u" })), ["router/a", "uplink/u"]);
  const hops = [{ name: "f", left: "network/a", right: "network/b", pods: [{ pod: "pod/s/f-0", slices: 4 }] }];
  const chain = { kind: "chain", key: "chain/s/c", namespace: "s", name: "c", ready: "yes", hops } as const;
  assert.deepEqual(keys(chain), ["network/a", "network/b", "pod/s/f-0"]);
});

test("a FloatingIP is between its uplink and its pod, and a policy beside its networks", () => {
  const pod = { ...somePod("s", "web", ["blue"]), floatingIps: ["floatingip/s/f"], policies: ["policy/s/p"] };
  assert.deepEqual(linksOf(pod), [
    { to: "network/blue", isAside: false },
    { to: "floatingip/s/f", isAside: false },
    { to: "policy/s/p", isAside: true },
  ]);
  assert.deepEqual(linksOf(someFloatingIp("s", "f", "web")), [{ to: "uplink/internet", isAside: false }]);
  assert.deepEqual(linksOf(somePolicy("s", "p", ["blue"])), [{ to: "network/blue", isAside: false }]);
});

test("the wires and gateways of a node are aside, because they would cross the map", () => {
  const node = someNode("n1", { gatewayOf: ["uplink/u"], wires: [{ wire: "wire/w", ready: "yes" }] });
  assert.deepEqual(linksOf(node), [
    { to: "wire/w", isAside: true },
    { to: "uplink/u", isAside: true },
  ]);
});
