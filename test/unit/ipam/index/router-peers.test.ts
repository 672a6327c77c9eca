import assert from "node:assert/strict";
import { it } from "node:test";
import { RouterPeers } from "#src/ipam/index/router-peers.ts";
import { logicalRouterPort, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { ipOf, macOf, NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

it("a switch port of type router holds its own addresses and its router port's, as they were when it was added", () => {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/24");
  const uuid = nb.addPort("blue", "to-router", {
    type: "router",
    addresses: "0a:00:00:00:00:01 10.0.0.7",
    options: { "router-port": "lrp" },
  });
  const row = nb.rows(logicalSwitchPort).get(uuid);
  assert.ok(row);
  const peers = new RouterPeers();
  const routerPort = { name: "lrp", mac: "0a:00:00:00:00:fe", networks: ["10.0.0.1/24"] };
  const change = { table: logicalRouterPort.name, uuid: "lrp", deltas: {} };
  assert.deepEqual(peers.apply({ ...change, before: undefined, after: routerPort }), ["lrp"]);
  peers.add(uuid, row);
  const holding = {
    holder: { kind: "router port", name: "to-router" },
    held: {
      macs: [macOf("0a:00:00:00:00:01"), macOf("0a:00:00:00:00:fe")],
      ips: [ipOf("10.0.0.7"), ipOf("10.0.0.1")],
    },
  };
  assert.deepEqual([peers.of(uuid), peers.uuids()], [holding, [uuid]]);
  peers.apply({ ...change, before: routerPort, after: undefined });
  assert.deepEqual(peers.of(uuid), holding, "what was recorded can be taken out again");
  assert.deepEqual([peers.remove(uuid), peers.remove(uuid), peers.of(uuid)], [true, false, undefined]);
});
