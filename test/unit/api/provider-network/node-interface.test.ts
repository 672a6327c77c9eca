import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseNode, interfaceOnNode } from "#src/api/provider-network/node-interface.ts";

const config = { interface: "eth1", adoptBridge: undefined, nodes: [], selected: { kind: "all" } } as const;
const n1 = { name: "n1", labels: { rack: "a", tier: "edge" } };
const eth1 = { kind: "interface", name: "eth1" };

test("a selected node carries the network by the interface of the network", () => {
  assert.deepEqual(interfaceOnNode(config, n1, undefined), eth1);
  const labelled = (labels: Readonly<Record<string, string>>) =>
    interfaceOnNode({ ...config, selected: { kind: "labels", labels } }, n1, undefined);
  assert.deepEqual(labelled({ rack: "a", tier: "edge" }), eth1);
  assert.equal(labelled({ rack: "a", tier: "core" }), undefined);
});

test("with the selector any only the chosen node carries it", () => {
  const any = { ...config, selected: { kind: "any" } } as const;
  assert.deepEqual(interfaceOnNode(any, n1, "n1"), eth1);
  assert.equal(interfaceOnNode(any, n1, "n2"), undefined);
  assert.equal(interfaceOnNode(any, n1, undefined), undefined);
});

test("the first entry that selects the node names the interface, and selects nodes by itself", () => {
  const nodes = [
    { selector: { matchLabels: { rack: "b" } }, interface: "eth2" },
    { selector: { matchLabels: { rack: "a" } }, interface: "eth3" },
    { selector: {}, interface: "eth4" },
  ];
  const named = interfaceOnNode({ ...config, nodes, selected: { kind: "none" } }, n1, undefined);
  assert.deepEqual(named, { kind: "interface", name: "eth3" });
  const none = { ...config, nodes: nodes.slice(0, 1), selected: { kind: "none" } } as const;
  assert.equal(interfaceOnNode(none, n1, undefined), undefined);
});

test("a bridge of somebody else takes the place of the interface", () => {
  const adopted = { ...config, interface: undefined, adoptBridge: "br-lan" };
  assert.deepEqual(interfaceOnNode(adopted, n1, undefined), { kind: "bridge", name: "br-lan" });
});

test("any chooses the first node by name, and stays with it while it is there", () => {
  assert.equal(chooseNode(["n2", "n1"], undefined), "n1");
  assert.equal(chooseNode(["n1", "n2"], "n2"), "n2");
  assert.equal(chooseNode(["n1", "n3"], "n2"), "n1");
  assert.equal(chooseNode([], "n2"), undefined);
});
