import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTap } from "#src/api/tap/tap-config.ts";
import { parseIp } from "#src/net/ip.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

const metadata = { name: "web", namespace: "shop", uid: "u1" };
const pods = { podSelector: { matchLabels: { app: "web" } } };
const probe = { podSelector: { matchLabels: { app: "probe" } } };

function tap(spec: object) {
  return parseTap({ metadata, spec });
}

test("a tap copies both directions of the interfaces of the selected pods, unless it says otherwise", () => {
  const { namespace, selector, network, direction, sink, warnings } = tap({ sources: pods, sink: probe });
  assert.equal(namespace, "shop");
  assert.deepEqual([selector, network, direction], [pods.podSelector, undefined, "both"]);
  assert.deepEqual(sink, { kind: "pod", selector: probe.podSelector, interfaceName: undefined });
  assert.deepEqual(warnings, []);
});

test("the sources may be a whole Network, and the sink a host outside", () => {
  const { selector, network, direction, sink } = tap({
    sources: { network: "blue" },
    direction: "egress",
    sink: { gre: { address: "192.0.2.7", key: 7 } },
  });
  assert.deepEqual([selector, network, direction], [undefined, "blue", "egress"]);
  assert.deepEqual(sink, { kind: "gre", address: parseIp("192.0.2.7"), key: 7 });
});

test("a selector that selects every pod is worth a warning", () => {
  assert.equal(tap({ sources: { podSelector: {} }, sink: probe }).warnings.length, 1);
  assert.equal(tap({ sources: { podSelector: {}, network: "blue" }, sink: probe }).warnings.length, 0);
});

test("what is wrong by itself is refused with its field", () => {
  const wrong: readonly [object, RegExp][] = [
    [{ sources: {}, sink: probe }, /spec\.sources/],
    [{ sources: pods, sink: {} }, /spec\.sink.*names nobody/],
    [{ sources: pods, sink: { ...probe, gre: { address: "192.0.2.7" } } }, /spec\.sink\.gre.*one sink/],
    [{ sources: pods, sink: { gre: { address: "host" } } }, /spec\.sink\.gre\.address.*is not an address/],
    [{ sources: pods, sink: { gre: { address: "192.0.2.7" }, interface: "tap0" } }, /spec\.sink\.interface/],
    [{ sources: pods, sink: { ...probe, interface: "eth0" } }, /spec\.sink\.interface/],
    [{ sources: pods, sink: probe, direction: "up" }, /spec\.direction/],
    [{ sources: { podSelector: { matchLabels: { "a b": "c" } } }, sink: probe }, /spec\.sources\.podSelector/],
    [{ sources: pods, sink: { podSelector: { matchLabels: { "a b": "c" } } } }, /spec\.sink\.podSelector/],
  ];
  for (const [spec, said] of wrong) assert.throws(() => tap(spec), said, JSON.stringify(spec));
});

test("the sample has a Tap", () => {
  const object = readManifests("deploy/samples/networks/tap.yaml").find(({ kind }) => kind === "Tap");
  assert.equal(parseTap(object).name, "web");
});
