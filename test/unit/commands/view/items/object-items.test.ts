import assert from "node:assert/strict";
import { test } from "node:test";
import { chainItem, serviceItem, tapItem, uplinkItem } from "#src/commands/view/items/object-items.ts";
import { projectChain } from "#src/controllers/chains/chain-object.ts";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { projectService } from "#src/controllers/services/service-object.ts";
import { projectTap } from "#src/controllers/taps/tap-object.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import { rawService, servedCondition } from "#test/fixtures/controllers/service-parts.ts";

const metadata = (name: string) => ({ name, namespace: "shop", uid: name, resourceVersion: "1" });
const ready = (status: string, reason: string, message = "") => ({
  conditions: [{ type: "Ready", status, reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" }],
});

test("a chain links its networks and the pods that carry slices", () => {
  const hops = [{ name: "app=fw", left: "a", right: "m", pods: [{ name: "fw-0", slices: 64 }], slices: 64 }];
  const spec = { routingSpec: { networkChain: "net=a,app=fw,net=m" } };
  const item = chainItem(
    projectChain({ metadata: metadata("one"), spec, status: { ...ready("True", "Ready"), hops } }),
  );
  assert.equal(item.key, "chain/shop/one");
  assert.equal(item.ready, "yes");
  assert.deepEqual(item.hops, [
    { name: "app=fw", left: "network/a", right: "network/m", pods: [{ pod: "pod/shop/fw-0", slices: 64 }] },
  ]);
});

test("a tap links the pods that it copies", () => {
  const source = { pod: "shop/w1", interface: "net1", network: "blue", node: "n1", state: "Waiting", message: "why" };
  const status = { ...ready("False", "Waiting", "1 of 1"), sources: [source] };
  const spec = { sources: { network: "blue" }, sink: { podSelector: {} } };
  const item = tapItem(projectTap({ metadata: metadata("web"), spec, status }));
  assert.deepEqual([item.ready, item.reason, item.message], ["no", "Waiting", "1 of 1"]);
  assert.deepEqual(item.sources, [{ pod: "pod/shop/w1", interface: "net1", state: "Waiting", message: "why" }]);
});

test("a Service links its network, and is ready when it is served", () => {
  const served = servedCondition("True", "Served", "at 10.1.0.200");
  const spec = { ports: [{ port: 80 }] };
  const item = serviceItem(projectService(rawService({ ips: "10.1.0.200", conditions: [served], spec })));
  assert.deepEqual(
    [item.ready, item.network, item.addresses, item.ports],
    ["yes", "network/blue", ["10.1.0.200"], ["80/TCP"]],
  );
});

test("an uplink leads to the wire of its ProviderNetwork, or to the one that it names", () => {
  const spec = { addresses: ["192.0.2.9/24"], nextHops: ["192.0.2.1"] };
  const lan = projectNetwork(
    { metadata: metadata("wan"), spec: {}, status: { physicalNetwork: "lan" } },
    "ProviderNetwork",
  );
  const wireOf = (outside: object, networks = [lan]): string | undefined =>
    uplinkItem(projectUplink({ metadata: metadata("west"), spec: { ...spec, ...outside } }), networks).wire;
  assert.equal(wireOf({ providerNetwork: "wan" }), "wire/lan");
  assert.equal(wireOf({ physicalNetwork: "dmz" }), "wire/dmz");
  assert.equal(wireOf({ providerNetwork: "wan" }, []), undefined);
});
