import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts } from "#src/commands/doctor/facts.ts";
import { judgeProviderNetworks, judgeUplinks } from "#src/commands/doctor/outside/outside-checks.ts";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

const facts = await healthyFacts();
const status = (reason: string, message = "", more: object = {}) => ({
  conditions: [
    {
      type: "Ready",
      status: reason === "Created" ? "True" : "False",
      reason,
      message,
      lastTransitionTime: "2026-11-29T01:00:00Z",
    },
  ],
  ...more,
});
const metadata = (name: string) => ({ name, namespace: "default", uid: name, resourceVersion: "1" });
const provider = (name: string, state: object) =>
  projectNetwork({ metadata: metadata(name), spec: {}, status: state }, "ProviderNetwork");
const wan = provider("wan", { state: "Created", ...status("Created", "", { physicalNetwork: "lan" }) });
const uplink = (state: object, spec: object = { providerNetwork: "wan" }) =>
  projectUplink({
    metadata: metadata("west"),
    spec: { addresses: ["192.0.2.9/24"], nextHops: ["192.0.2.1"], ...spec },
    status: state,
  });
const made = status("Created", "", { gatewayChassis: ["n1"] });
const neighbours: Facts["neighbours"] = { value: [{ port: "rtoe-ovn4nfv-gateway-west", ip: "192.0.2.1" }] };
const chassis = (...mapped: readonly string[]): Facts["chassis"] => ({
  value: ["n1", "n2"].map((name) => ({ name, hostname: name, answers: true, mapped })),
});
const outside = (...uplinks: readonly ReturnType<typeof uplink>[]): Facts["outside"] => ({
  value: { uplinks, providerNetworks: [wan], floatingIps: [] },
});
const lines = (changes: Partial<Facts>) =>
  judgeUplinks({ ...facts, ...changes }).map(({ health, says, cure }) => `${health} ${says} -> ${cure}`);

test("an uplink is in order when its chassis have the mapping, and OVN knows the MAC of its next hop", () => {
  assert.deepEqual(lines({ outside: outside(uplink(made)), neighbours, chassis: chassis("lan") }), ["ok west -> "]);
  assert.deepEqual(lines({}), [], "nobody has an uplink");
});

test("an uplink whose next hop has not answered, or that waits, is told with what to do", () => {
  const silent = lines({ outside: outside(uplink(made)), neighbours: { value: [] }, chassis: chassis("lan") });
  assert.match(
    silent.join(),
    /^warning west: the next hop 192\.0\.2\.1 is silent, or nothing was sent there yet.* -> ping/,
  );
  assert.match(
    lines({ outside: outside(uplink(status("WaitsForNode", "label one"))) }).join(),
    /west \(WaitsForNode\): label/,
  );
});

test("a chassis that may carry the gateway without a mapping is a failure, and each kind has a cure of its own", () => {
  const missing = (spec?: object) =>
    lines({ outside: outside(uplink(made, spec)), neighbours, chassis: chassis("else") });
  assert.match(
    missing().join(),
    /^failed west: the chassis n1 may carry .* no mapping for lan.* -> look at the log of the a/,
  );
  assert.match(
    missing({ physicalNetwork: "dc" }).join(),
    /no mapping for dc.* -> add dc:BRIDGE to external_ids:ovn-bri/,
  );
});

test("without the Southbound database next hops are not judged, and the line says so", () => {
  const unread = { why: "no --sb" };
  const told = lines({ outside: outside(uplink(made)), neighbours: unread, chassis: unread });
  assert.match(told.join(), /^ok west; next hops and mappings are not checked without --sb/);
});

test("a ProviderNetwork with the VLAN of another one is told in the words of its status", () => {
  const clash = provider("two", status("VlanTaken", "spec.vlan.vlanId 100 is the VLAN of default/one"));
  const told = (...providerNetworks: readonly ReturnType<typeof provider>[]) =>
    judgeProviderNetworks({ ...facts, outside: { value: { uplinks: [], providerNetworks, floatingIps: [] } } }).map(
      ({ health, says }) => `${health} ${says}`,
    );
  assert.deepEqual(told(wan, clash), [
    "warning default/two (VlanTaken): spec.vlan.vlanId 100 is the VLAN of default/one",
  ]);
  assert.deepEqual([told(wan), told()], [["ok pods can join all 1"], []]);
});
