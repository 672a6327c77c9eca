import assert from "node:assert/strict";
import { test } from "node:test";
import { orderChassis, projectGatewayNode } from "#src/controllers/topology/gateway-nodes.ts";

const node = (name: string, annotations?: Readonly<Record<string, string>>) =>
  projectGatewayNode({
    metadata: { name, uid: "u", resourceVersion: "1", ...(annotations === undefined ? {} : { annotations }) },
  });

const chassis = (published: string | undefined, annotations?: Readonly<Record<string, string>>) =>
  orderChassis([node("worker", annotations)], () => published)[0];

test("a node's chassis is what a person wrote, else what its agent published, else what other controllers wrote", () => {
  const others = { "ovn.kubernetes.io/chassis": "c3", "k8s.ovn.org/node-chassis-id": "c2" };
  const all = { ...others, "k8s.plugin.opnfv.org/chassis": "c1" };
  assert.equal(chassis("c0", all), "c1");
  assert.equal(chassis("c0", others), "c0");
  assert.equal(chassis("", others), "c2");
  assert.equal(chassis(undefined, { "ovn.kubernetes.io/chassis": "c3" }), "c3");
});

test("a node without an agent and without annotations has the chassis of its name", () => {
  assert.equal(chassis(""), "worker");
  assert.equal(chassis("", { "k8s.plugin.opnfv.org/chassis": "" }), "worker");
});

test("chassis are in the order of the nodes' names, whatever their own are, and each is there once", () => {
  const nodes = [node("c"), node("b", { "k8s.plugin.opnfv.org/chassis": "z" }), node("a"), node("d")];
  const twice = node("e", { "k8s.plugin.opnfv.org/chassis": "a" });
  const none = () => undefined;
  assert.deepEqual(orderChassis([twice, ...nodes], none), ["a", "z", "c", "d"]);
  assert.deepEqual(orderChassis([...nodes.toReversed(), twice], none), ["a", "z", "c", "d"]);
});
