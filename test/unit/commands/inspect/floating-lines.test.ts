import assert from "node:assert/strict";
import { test } from "node:test";
import { heldOutside } from "#src/commands/inspect/floating-lines.ts";
import { addHold, addRule, objectRule, podRule, withUplink } from "#test/fixtures/ipam/floating-nb.ts";

test("pods and FloatingIPs are listed with their addresses outside and inside, each address once", () => {
  const nb = withUplink();
  addHold(nb, "198.51.100.21", "u1", "telco");
  addRule(nb, "198.51.100.21", objectRule("u1", "telco"), "10.0.0.8");
  addHold(nb, "198.51.100.22", "u2");
  addRule(nb, "198.51.100.20", podRule("a"));
  addRule(nb, "198.51.100.23");
  nb.addPort("blue", "a-net1", { allocation: "a", pod: "web-0", podUid: "u", addresses: "0a:58:0a:00:00:09 10.0.0.9" });
  const lines = heldOutside(nb.index).map(({ network, address, kind, owner }) => [network, address, kind, owner]);
  assert.deepEqual(lines, [
    ["uplink west", "198.51.100.20", "pod", "default/web-0 to 10.0.0.9"],
    ["uplink west", "198.51.100.21", "FloatingIP", "of telco to 10.0.0.8"],
    ["uplink west", "198.51.100.22", "FloatingIP", "of default"],
  ]);
  assert.deepEqual(heldOutside(nb.index, new Set(["east"])), []);
});
