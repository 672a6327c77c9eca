import assert from "node:assert/strict";
import { test } from "node:test";
import { interfacesOfCall } from "#src/api/multus/attachment-choice.ts";

const interfaces = [
  { network: "blue", interface: "net1" },
  { network: "green", interface: "net2" },
  { network: "blue", interface: "net3" },
];
const names = (network: string | undefined, interfaceName: string) =>
  interfacesOfCall(interfaces, { network, interfaceName }).map((one) => one.interface);

test("a call without a network is for all interfaces", () => {
  assert.deepEqual(names(undefined, "net2"), ["net1", "net2", "net3"]);
});

test("a call for a network is for the interface of its name on it, else for all on it", () => {
  assert.deepEqual(names("blue", "net3"), ["net3"]);
  assert.deepEqual(names("blue", "net2"), ["net1", "net3"]);
  assert.deepEqual(names("red", "net1"), []);
});
