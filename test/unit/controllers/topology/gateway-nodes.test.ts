import assert from "node:assert/strict";
import { test } from "node:test";
import { orderChassis, projectGatewayNode } from "#src/controllers/topology/gateway-nodes.ts";

const node = (name: string, annotations?: Readonly<Record<string, string>>) =>
  projectGatewayNode({
    metadata: { name, uid: "u", resourceVersion: "1", ...(annotations === undefined ? {} : { annotations }) },
  });

test("a node's chassis has the node's name unless an annotation has another; ours comes before those of others", () => {
  assert.equal(node("worker").chassis, "worker");
  assert.equal(node("worker", { "ovn.kubernetes.io/chassis": "c3" }).chassis, "c3");
  const others = { "ovn.kubernetes.io/chassis": "c3", "k8s.ovn.org/node-chassis-id": "c2" };
  assert.equal(node("worker", others).chassis, "c2");
  assert.equal(node("worker", { ...others, "k8s.plugin.opnfv.org/chassis": "c1" }).chassis, "c1");
  assert.equal(node("worker", { "k8s.plugin.opnfv.org/chassis": "" }).chassis, "worker");
});

test("chassis are in the order of the nodes' names, whatever their own are, and each is there once", () => {
  const nodes = [node("c"), node("b", { "k8s.plugin.opnfv.org/chassis": "z" }), node("a"), node("d")];
  const twice = node("e", { "k8s.plugin.opnfv.org/chassis": "a" });
  assert.deepEqual(orderChassis([twice, ...nodes]), ["a", "z", "c", "d"]);
  assert.deepEqual(orderChassis([...nodes.toReversed(), twice]), ["a", "z", "c", "d"]);
});
