import assert from "node:assert/strict";
import { test } from "node:test";
import { strangePorts } from "#cni/wires/ovs-wiring.ts";
import { ownBridge, patchPort, portNamed } from "#test/fixtures/cni/wire-views.ts";

test("a port on our bridge is strange when neither the agent nor ovn-controller has made it", () => {
  assert.deepEqual(strangePorts(ownBridge([patchPort])), []);
  assert.deepEqual(
    strangePorts(ownBridge([patchPort, portNamed("eth9")])).map(({ name }) => name),
    ["eth9"],
  );
});
