// test/integration/cni/taps/tap-keeper.test.ts makes these changes in a database.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OvsTapping, TapMirror, TapTunnel } from "#cni/taps/ovs-tapping.ts";
import { tapOperations } from "#cni/taps/tap-operations.ts";
import { planTaps } from "#cni/taps/tap-plan.ts";
import type { NodeTap } from "#src/api/node/node-taps.ts";
import { nodeTap, tappingOf } from "#test/fixtures/cni/tap-views.ts";

const names = ["a", "b", "sink"];
const ends = ["uuid-a", "uuid-b"];
const mirror: TapMirror = { uuid: "m1", tap: "t1", output: "uuid-sink", from: ends, to: ends };
const away = nodeTap({ sink: { remote: { address: "192.0.2.2", key: 7 } } });
const operations = (taps: readonly NodeTap[], ovs: OvsTapping) => tapOperations(planTaps(taps, ovs), ovs);
const kinds = (...input: Parameters<typeof operations>) =>
  operations(...input).map(({ op, table }) => `${op} ${String(table)}`);

function tunnelOfPlan(): TapTunnel {
  const [planned] = planTaps([away], tappingOf(names)).tunnels;
  assert.ok(planned);
  const { name, type, options } = planned;
  const rest = { type, options: new Map(Object.entries(options)), fault: undefined };
  return { uuid: "tp", interfaceUuid: "ti", tap: "t1", name, ...rest };
}

test("a mirror is made in one transaction, and cached flows are looked at again", () => {
  assert.deepEqual(kinds([nodeTap()], tappingOf(names)), ["insert Mirror", "mutate Bridge", "update Port"]);
  const [made] = operations([nodeTap()], tappingOf(names));
  assert.match(JSON.stringify(made), /"k8s.plugin.opnfv.org\/tap","t1"/);
});

test("a tunnel comes with its mirror, and its port alone makes the flows new", () => {
  assert.deepEqual(kinds([away], tappingOf(names)), [
    "insert Interface",
    "insert Port",
    "insert Mirror",
    "mutate Bridge",
    "mutate Bridge",
  ]);
});

test("nothing is written when all is there", () => {
  assert.deepEqual(operations([nodeTap()], tappingOf(names, { mirrors: [mirror] })), []);
  const tunnel = tunnelOfPlan();
  const ovs = tappingOf(names, { tunnels: [tunnel], mirrors: [{ ...mirror, output: tunnel.uuid }] });
  assert.deepEqual(operations([away], ovs), []);
});

test("a mirror gets another set of ports in its row, and a tunnel another end", () => {
  const more = tappingOf(names, { mirrors: [{ ...mirror, from: ["uuid-a"] }], protectedPorts: new Set(["uuid-sink"]) });
  assert.deepEqual(kinds([nodeTap()], more), ["update Mirror", "update Port"]);
  assert.match(JSON.stringify(operations([nodeTap()], more)[1]), /"protected":false/);
  const tunnel = {
    ...tunnelOfPlan(),
    options: new Map([
      ["remote_ip", "192.0.2.1"],
      ["key", "7"],
    ]),
  };
  const ovs = tappingOf(names, { tunnels: [tunnel], mirrors: [{ ...mirror, output: tunnel.uuid }] });
  assert.deepEqual(kinds([away], ovs), ["update Interface"]);
});

test("what no tap needs goes, the second mirror of a tap too", () => {
  const tunnel = tunnelOfPlan();
  const ovs = tappingOf(names, {
    mirrors: [mirror, { ...mirror, uuid: "m2", output: tunnel.uuid }],
    tunnels: [tunnel],
  });
  assert.deepEqual(kinds([], ovs), ["mutate Bridge", "mutate Bridge", "update Port"]);
  assert.deepEqual(kinds([nodeTap()], ovs), ["mutate Bridge", "mutate Bridge"]);
});
