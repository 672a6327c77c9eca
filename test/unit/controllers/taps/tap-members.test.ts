import assert from "node:assert/strict";
import { test } from "node:test";
import { projectTapNetwork, projectTapNode } from "#src/controllers/taps/tap-members.ts";
import { projectTap } from "#src/controllers/taps/tap-object.ts";

const metadata = { name: "x", namespace: "shop", uid: "u", resourceVersion: "1" };

test("a Network allows taps of its own namespace, of those that it names, and none when it breaks a rule", () => {
  const allowed = (more: object) =>
    projectTapNetwork({ metadata, spec: { ipv4Subnets: [{ subnet: "10.1.0.0/24" }], ...more } }).allowTaps;
  assert.deepEqual(allowed({}), ["shop"]);
  assert.deepEqual(allowed({ allowTaps: { names: ["bank"] } }), ["bank"]);
  assert.deepEqual(allowed({ allowTaps: {} }), []);
  assert.deepEqual(allowed({ ipv4Subnets: [{ subnet: "x" }] }), []);
});

test("a node says what it is asked, what its agent has told, and where its tunnels end", () => {
  const asked = { uid: "t", name: "shop/t", direction: "both", sources: ["a"], sink: { port: "s" } };
  const told = { uid: "t", state: "Active", reason: "Mirrored", message: "", sources: ["a"] };
  const node = projectTapNode({ metadata, spec: { taps: [asked] }, status: { encapIps: ["192.0.2.1"], taps: [told] } });
  assert.deepEqual([node.asked.length, node.told.length, node.tunnels], [1, 1, ["192.0.2.1"]]);
  assert.deepEqual(projectTapNode({ metadata }), { name: "x", uid: "u", asked: [], told: [], tunnels: [] });
});

test("a Tap that breaks a rule is kept with the reason", () => {
  assert.match(JSON.stringify(projectTap({ metadata, spec: { sources: {}, sink: {} } }).config), /spec\.sources/);
  assert.equal(
    typeof projectTap({ metadata, spec: { sources: { network: "blue" }, sink: { podSelector: {} } } }).config,
    "object",
  );
});
