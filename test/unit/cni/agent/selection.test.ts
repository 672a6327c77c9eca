import assert from "node:assert/strict";
import { test } from "node:test";
import { selectInterfaces } from "#cni/agent/selection.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const names = (network: string | undefined, interfaceName: string, results = sampleResults) =>
  selectInterfaces(results, { network, interfaceName }).map((one) => one.interface);

test("a call without a network is for all interfaces, whatever its own name is", () => {
  assert.deepEqual(names(undefined, "net9"), ["net1", "net2", "net3"]);
});

test("a call for a network is for the interfaces on it", () => {
  assert.deepEqual(names("green", "net1"), ["net2"]);
});

test("a network that is joined twice is wired by two calls when they have the interfaces' names, else by one", () => {
  const twice = sampleResults.map((one) => ({ ...one, network: "blue" }));
  assert.deepEqual(names("blue", "net2", twice), ["net2"]);
  assert.deepEqual(names("blue", "other", twice), ["net1", "net2", "net3"]);
});

test("a network that the pod does not join is told, with those that it joins", () => {
  assert.throws(() => names("red2", "net1"), { code: "ResultMissing", message: /"red2".*blue, green, red only/ });
});
