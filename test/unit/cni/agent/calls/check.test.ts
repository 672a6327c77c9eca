import assert from "node:assert/strict";
import { test } from "node:test";
import { portDifferences, resultDifferences } from "#cni/agent/calls/check.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sandboxResult } from "#cni/plumbing/sandbox-result.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { portOf } from "#test/fakes/cni/fake-bridge.ts";

const interfaces = podInterfaces("c1", sampleResults, 1400);
const ports = interfaces.map(({ hostName, mac }, index) =>
  portOf(hostName, { [interfaceKeys.port]: sampleResults[index]?.port ?? "", [interfaceKeys.mac]: mac }),
);

test("ports that are as the result says have no differences", () => {
  assert.deepEqual(portDifferences(sampleResults, interfaces, ports), []);
});

test("a port that is missing, another's, for another MAC or not installed is reported with its interface", () => {
  const changed = (ids: Record<string, string>) => {
    const [first, ...others] = ports;
    assert.ok(first);
    return [portOf(first.hostName, { ...Object.fromEntries(first.ids), ...ids }), ...others];
  };
  const told = (ids: Record<string, string>) => portDifferences(sampleResults, interfaces, changed(ids)).join();
  assert.deepEqual(portDifferences(sampleResults, interfaces, ports.slice(1)), ["net1 has no port on the bridge"]);
  assert.match(told({ [interfaceKeys.port]: "other" }), /^the port of net1 is not bound to 01J.*-net1$/);
  assert.match(told({ [interfaceKeys.mac]: "0a:00:00:00:00:01" }), /^the port of net1 is not for 0a:58:0a:01:00:07$/);
  assert.match(told({ [interfaceKeys.installed]: "false" }), /not installed by ovn-controller$/);
});

test("a difference from the result that the runtime remembers is reported; without one nothing is compared", () => {
  const result = sandboxResult(interfaces, "/run/netns/c1");
  assert.deepEqual(resultDifferences(interfaces, result), []);
  assert.deepEqual(resultDifferences(interfaces, undefined), []);
  const [, own, ...others] = result.interfaces;
  assert.ok(own);
  const otherMac = {
    ...result,
    interfaces: [...result.interfaces.slice(0, 1), { ...own, mac: "0a:00:00:00:00:01" }, ...others],
  };
  assert.deepEqual(resultDifferences(interfaces, otherMac), ["prevResult has another MAC for net1"]);
  assert.deepEqual(resultDifferences(interfaces, { ...result, ips: result.ips.slice(1) }), [
    "prevResult lacks 10.1.0.7/24 of net1",
  ]);
  assert.equal(resultDifferences(interfaces, { ...result, interfaces: [] }).length, 3);
});
