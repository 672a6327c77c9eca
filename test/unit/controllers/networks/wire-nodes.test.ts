import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { carryingNodes, describeMissing, readyText } from "#src/controllers/networks/wire-nodes.ts";

const config = (vlanNodeSelector: string) =>
  parseProviderNetwork({
    metadata: { name: "lan" },
    spec: { providerNetType: "VLAN", vlan: { vlanId: 5, providerInterfaceName: "eth1", vlanNodeSelector } },
  });

const node = (name: string, ready?: boolean, message = "") => ({
  name,
  labels: {},
  wires: new Map(
    ready === undefined
      ? []
      : [["ovn4nfv-eth1", { interface: "eth1", ready, reason: ready ? "Up" : "NoCarrier", message }]],
  ),
});

test("the nodes that are to carry the network stand with the word of their agents, those that do not first", () => {
  const found = carryingNodes(
    config("all"),
    [node("n1", true), node("n2", false, "eth1 has no carrier"), node("n3")],
    undefined,
  );
  assert.deepEqual(
    found.nodes.map(({ name, ready, reason }) => [name, ready, reason]),
    [
      ["n2", false, "NoCarrier"],
      ["n3", false, "NotReported"],
      ["n1", true, "Up"],
    ],
  );
  assert.equal(readyText(found), "1/3");
  assert.equal(describeMissing(found), "n2: eth1 has no carrier; n3: NotReported");
});

test("any is one node, and the same one as before while it is there", () => {
  const nodes = [node("n1", true), node("n2", true)];
  assert.equal(carryingNodes(config("any"), nodes, undefined).chosenNode, "n1");
  const again = carryingNodes(config("any"), nodes, "n2");
  assert.deepEqual([again.chosenNode, again.nodes.map(({ name }) => name)], ["n2", ["n2"]]);
  assert.match(describeMissing(carryingNodes(config("any"), [], undefined)), /^no node with an agent/);
});
