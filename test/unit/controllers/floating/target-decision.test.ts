import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FloatingPod } from "#src/controllers/floating/floating-pods.ts";
import { type InsidePort, decideTarget, type TargetInput } from "#src/controllers/floating/target-decision.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const pod = (name: string, more: Partial<FloatingPod> = {}): FloatingPod => ({
  namespace: "default",
  name,
  uid: `uid-${name}`,
  labels: {},
  allocation: name,
  ready: true,
  ending: false,
  finished: false,
  ...more,
});
const port = (owner: string, more: Partial<InsidePort> = {}): InsidePort => ({
  uuid: `port-${owner}`,
  name: `${owner}-net1`,
  allocation: owner,
  network: "blue",
  interfaceName: "net1",
  ips: [ip("10.10.0.7"), ip("fd10::7")],
  uplink: "west",
  ...more,
});
const decide = (selected: Iterable<FloatingPod>, more: Partial<TargetInput> = {}) =>
  decideTarget({
    config: { uplink: "west", network: undefined },
    family: 4,
    selected,
    currentUid: undefined,
    portsOf: ({ name }) => [port(name)],
    ...more,
  });
const chosen = (selected: Iterable<FloatingPod>, more: Partial<TargetInput> = {}): string => {
  const decision = decide(selected, more);
  return decision.kind === "target" ? decision.target.pod.name : decision.reason;
};
const currentUid = "uid-a";

describe("the pod of a FloatingIP", () => {
  it("is the one that is selected, with its address of the family", () => {
    const decision = decide([pod("a")], { family: 6 });
    assert.ok(decision.kind === "target");
    assert.deepEqual(decision.target.ip, ip("fd10::7"));
    assert.equal(decision.also, undefined);
  });

  it("is none while nobody is selected, or only pods that have ended", () => {
    assert.equal(chosen([]), "NoPod");
    assert.equal(chosen([pod("a", { finished: true })], { currentUid }), "NoPod");
  });

  it("is none of several, until one is left", () => {
    const decision = decide([pod("b"), pod("a")]);
    assert.ok(decision.kind === "none" && decision.reason === "SeveralPods");
    assert.match(decision.message, /such as a and b: let the selector select one/);
  });

  it("stays the same while another one comes, and says so", () => {
    const decision = decide([pod("b"), pod("a")], { currentUid });
    assert.ok(decision.kind === "target");
    assert.deepEqual([decision.target.pod.name, decision.also], ["a", "b"]);
    assert.equal(chosen([pod("a"), pod("b", { ready: false })], { currentUid }), "a");
  });

  it("is the next one as soon as that is ready and the former is not, or goes", () => {
    for (const former of [{ ending: true }, { ready: false }, { finished: true }]) {
      assert.equal(chosen([pod("a", former), pod("b")], { currentUid }), "b");
    }
    assert.equal(chosen([pod("b")], { currentUid }), "b");
  });

  it("stays the former while the next one is not ready, or several are", () => {
    assert.equal(chosen([pod("a", { ending: true }), pod("b", { ready: false })], { currentUid }), "a");
    assert.equal(chosen([pod("a", { ending: true }), pod("b"), pod("c")], { currentUid }), "a");
  });

  it("is one that is not ready when no other is selected, since a pod may need the address to become ready", () => {
    assert.equal(chosen([pod("a", { ready: false })]), "a");
    assert.equal(chosen([pod("a", { ready: false }), pod("b")]), "b");
    assert.equal(chosen([pod("a", { ready: false }), pod("b", { ready: false })]), "SeveralPods");
  });

  it("has an interface in a network that leaves by the uplink", () => {
    assert.equal(chosen([pod("a")], { portsOf: () => [port("a", { uplink: undefined })] }), "PodWithoutNetwork");
    assert.equal(chosen([pod("a")], { portsOf: () => [port("a", { uplink: "east" })] }), "PodWithoutNetwork");
    assert.equal(chosen([pod("a")], { portsOf: () => [port("a", { ips: [ip("fd10::7")] })] }), "PodWithoutNetwork");
  });

  it("has no interface that NB does not say is bound to it, whatever its annotations say", () => {
    assert.equal(chosen([pod("a")], { portsOf: () => [] }), "PodWithoutNetwork");
    assert.equal(chosen([pod("a"), pod("b")], { portsOf: ({ name }) => (name === "b" ? [port("b")] : []) }), "b");
  });

  it("is reached in the network that is named, and must have no second one when none is", () => {
    const portsOf = () => [port("a"), port("a", { network: "red", interfaceName: "net2" })];
    assert.equal(chosen([pod("a")], { portsOf }), "SeveralNetworks");
    const decision = decide([pod("a")], { portsOf, config: { uplink: "west", network: "red" } });
    assert.ok(decision.kind === "target");
    assert.equal(decision.target.port.interfaceName, "net2");
  });

  it("is found without reading all of a million pods that are selected", () => {
    let read = 0;
    function* many(): Generator<FloatingPod> {
      for (let n = 0; n < 1_000_000; n += 1) {
        read += 1;
        yield pod(`p${n}`);
      }
    }
    assert.equal(chosen(many()), "SeveralPods");
    assert.equal(read, 2);
  });
});
