import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayLeaseName, printPeers, printTunnels, readPeers, readTunnels } from "#src/api/node/gateway-lease.ts";

test("peers and tunnels are read as they were printed, always in the same order", () => {
  assert.equal(gatewayLeaseName("n1"), "ovn4nfv-gateway-n1");
  assert.equal(printPeers(["n3", "n2"]), "n2,n3");
  assert.deepEqual(readPeers({ "k8s.plugin.opnfv.org/peers": "n2,n3" }), ["n2", "n3"]);
  assert.deepEqual(readPeers({}), []);
  const text = printTunnels({ n3: "down", n2: "up" });
  assert.equal(text, '{"n2":"up","n3":"down"}');
  assert.deepEqual(readTunnels({ "k8s.plugin.opnfv.org/tunnels": text }), { n2: "up", n3: "down" });
});

test("a text of tunnels that somebody else wrote says nothing", () => {
  for (const text of ["", "text", "[]", '{"n2":true}', '{"n2":"init"}']) {
    assert.deepEqual(readTunnels({ "k8s.plugin.opnfv.org/tunnels": text }), {}, text);
  }
});
