import assert from "node:assert/strict";
import { test } from "node:test";
import type { PortRequest } from "#src/ipam/allocation.ts";
import { withChosenPools } from "#src/pods/networks/chosen-pools.ts";
import { NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const key = "k8s.plugin.opnfv.org/pool";
const nb = new NbFixture();
nb.addSwitch("blue", "10.0.0.0/24", {
  pools: JSON.stringify([
    { name: "front", range: "10.0.0.64/26" },
    { name: "back", range: "10.0.0.128/26", allowed: { names: ["shop"] } },
    { name: "gold", range: "10.0.0.192/26", allowed: { names: [], selector: { matchLabels: { tier: "gold" } } } },
  ]),
});
nb.addSwitch("plain", "10.9.0.0/24");

const asking = (name: string, network = "blue"): PortRequest => ({
  ...portRequest(network),
  pool: { field: "interface[0].pool", name, isAsked: true, permitted: new Set() },
});

function chosen(ports: readonly PortRequest[], labels: Readonly<Record<string, string>> = {}) {
  const warnings: string[] = [];
  const { ports: found } = withChosenPools(requestOf(...ports), labels, nb.index, warnings);
  return { names: found.map(({ pool }) => pool?.name), permitted: found.map(({ pool }) => pool?.permitted), warnings };
}

test("a request chooses by name, else the label of the namespace where the network has that pool", () => {
  assert.deepEqual(chosen([asking("front")]).names, ["front"]);
  assert.deepEqual(chosen([portRequest("blue"), portRequest("plain")], { [key]: "front" }).names, ["front", undefined]);
  assert.deepEqual(chosen([asking("gold")], { [key]: "front", tier: "gold" }).names, ["gold"]);
  assert.deepEqual(chosen([portRequest("blue")]).names, [undefined]);
});

test("a label that names no pool of any network of the pod has no effect, and a warning says so", () => {
  const { names, warnings } = chosen([portRequest("blue"), portRequest("plain")], { [key]: "fornt" });
  assert.deepEqual(names, [undefined, undefined]);
  assert.deepEqual(warnings, [
    `the label ${key}=fornt of the namespace has no effect: no network of the pod has a pool of this name`,
  ]);
  assert.deepEqual(chosen([portRequest("blue"), portRequest("plain")], { [key]: "front" }).warnings, []);
  assert.deepEqual(chosen([asking("front")], { [key]: "fornt" }).warnings, [], "the request counts");
});

test("the namespace may choose the pools whose owner admits it, by name or label", () => {
  assert.deepEqual(chosen([asking("gold")], { tier: "gold" }).names, ["gold"]);
  assert.deepEqual(chosen([portRequest("blue")]).permitted, [new Set(["front"])]);
  assert.deepEqual(chosen([portRequest("blue")], { tier: "gold" }).permitted, [new Set(["front", "gold"])]);
});

test("a pod of a network without pools costs nothing", () => {
  const request = requestOf(portRequest("plain"));
  assert.equal(withChosenPools(request, {}, nb.index, []), request);
});

test("a name that the network does not have is left to the planner, which refuses it", () => {
  assert.deepEqual(chosen([asking("none")]).names, ["none"]);
  assert.deepEqual(chosen([asking("front", "plain")]).names, ["front"]);
});
