import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isAskedFor,
  projectTapNetwork,
  projectTapNode,
  projectTapProvider,
} from "#src/controllers/taps/tap-members.ts";
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

test("a ProviderNetwork allows them as a Network does, and says what its wire carries", () => {
  const provider = (more: object) =>
    projectTapProvider({
      metadata,
      spec: { providerNetType: "VLAN", vlan: { vlanId: 7, providerInterfaceName: "eth1" }, ...more },
    });
  const facts = { kind: "ProviderNetwork", namespace: "shop", name: "x", uid: "u" };
  assert.deepEqual(provider({}), { ...facts, allowTaps: ["shop"], mtu: 1500 });
  assert.deepEqual(provider({ allowTaps: { names: ["bank"] }, mtu: 9000 }), {
    ...facts,
    allowTaps: ["bank"],
    mtu: 9000,
  });
  assert.deepEqual(provider({ vlan: { vlanId: 0 } }), { ...facts, allowTaps: [], mtu: undefined });
});

test("a node says what it is asked, what its agent has told, and where its tunnels end", () => {
  const asked = { uid: "t", name: "shop/t", direction: "both", sources: ["a"], sink: { port: "s" } };
  const told = { uid: "t", state: "Active", reason: "Mirrored", message: "", sources: ["a"] };
  const node = projectTapNode({
    metadata,
    spec: { taps: [asked] },
    status: { encapIps: ["192.0.2.1"], mtu: 1442, taps: [told] },
  });
  assert.deepEqual([node.asked?.length, node.told.length, node.tunnels, node.mtu], [1, 1, ["192.0.2.1"], 1442]);
  assert.deepEqual(projectTapNode({ metadata }), {
    name: "x",
    uid: "u",
    asked: [],
    told: [],
    tunnels: [],
    mtu: undefined,
  });
});

test("taps of a node that cannot be read are other ones than any that are wanted, so that they are taken away", () => {
  const tap = { uid: "t", name: "shop/t", direction: "both" as const, sources: ["a"], sink: { port: "s" } };
  const isAsked = (spec: unknown, ...wanted: (typeof tap)[]) => isAskedFor(projectTapNode({ metadata, spec }), wanted);
  assert.deepEqual([isAsked({}), isAsked(undefined), isAsked({ taps: [tap] }, tap)], [true, true, true]);
  assert.deepEqual([isAsked({ taps: [tap] }), isAsked({}, tap)], [false, false]);
  for (const taps of [[{ ...tap, direction: "sideways" }], "none", [tap, {}]]) {
    assert.deepEqual([isAsked({ taps }), isAsked({ taps }, tap)], [false, false], JSON.stringify(taps));
  }
});

test("a Tap that breaks a rule is kept with the reason", () => {
  assert.match(JSON.stringify(projectTap({ metadata, spec: { sources: {}, sink: {} } }).config), /spec\.sources/);
  assert.equal(
    typeof projectTap({ metadata, spec: { sources: { network: "blue" }, sink: { podSelector: {} } } }).config,
    "object",
  );
});
