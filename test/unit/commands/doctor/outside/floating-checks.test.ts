import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFloatingIps, judgeFloatingPool } from "#src/commands/doctor/outside/floating-checks.ts";
import { projectFloatingIp } from "#src/controllers/floating/floating-ip-object.ts";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { parseUplink } from "#src/api/uplink/uplink-config.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

const facts = await healthyFacts();
const lastTransitionTime = "2026-11-29T01:00:00Z";
const fip = (name: string, status: string, reason: string, message = "why", more: object = {}) =>
  projectFloatingIp({
    metadata: { name, namespace: "shop", uid: name, resourceVersion: "1", ...more },
    spec: { uplink: "west", selector: {} },
    status: { conditions: [{ type: "Ready", status, reason, message, lastTransitionTime }] },
  });
const judged = (...floatingIps: readonly ReturnType<typeof fip>[]) =>
  judgeFloatingIps({ ...facts, outside: { value: { uplinks: [], providerNetworks: [], floatingIps } } }).map(
    ({ health, says, cure }) => `${health} ${says} -> ${cure}`,
  );

test("addresses that lead to their pods are in order, and nobody is told of none", () => {
  assert.deepEqual(judged(), []);
  assert.deepEqual(judged(fip("a", "True", "Attached", "")), ["ok all 1 lead to their pods -> "]);
  assert.deepEqual(judgeFloatingIps({ ...facts, outside: { why: "no right", cure: "" } }), []);
});

test("each reason for which an address leads nowhere comes with what to do", () => {
  const reasons = {
    NoPod: /^warning shop\/a \(NoPod\): why -> look whether spec.selector fits/,
    SeveralPods: /^warning .* -> let spec.selector select one pod/,
    WaitsForUplink: /^warning .* -> do as the line of the Uplink says/,
    PoolExhausted: /^warning .* -> ask the owner of the Uplink/,
    AddressNotInPool: /^failed .* -> ask for another address/,
    AddressInUse: /^failed .* -> ask for another address, .* ovn4nfv addresses/,
    Invalid: /^failed .* -> do as the message says/,
  };
  for (const [reason, line] of Object.entries(reasons)) assert.match(judged(fip("a", "False", reason)).join(), line);
});

test("one that leads to a pod while another is selected as well is told, and one that is being deleted is not", () => {
  assert.match(judged(fip("a", "True", "SeveralPods"), fip("b", "True", "Attached")).join(), /^warning shop\/a/);
  const gone = { deletionTimestamp: lastTransitionTime };
  assert.match(judged(fip("a", "False", "NoPod", "why", gone)).join(), /^ok/);
});

test("one that nobody has looked at is told", () => {
  const bare = projectFloatingIp({
    metadata: { name: "a", namespace: "shop", uid: "a", resourceVersion: "1" },
    spec: {},
  });
  assert.match(judged(bare).join(), /^warning shop\/a \(no status\): nobody has looked at it -> look at the log/);
});

test("floating addresses that pods of the ProviderNetwork may get as well are told with what to exclude", () => {
  const metadata = { name: "wan", namespace: "shop", uid: "w", resourceVersion: "1" };
  const told = (subnet: object, addresses: readonly string[], more: object = {}) => {
    const direct = { providerInterfaceName: "eth1" };
    const spec = { providerNetType: "DIRECT", direct, ipv4Subnets: [subnet] };
    const config = parseUplink({
      metadata: { ...metadata, name: "west" },
      spec: { providerNetwork: "wan", addresses: ["192.0.2.9/24"], floating: { addresses, ...more } },
    });
    const network = projectNetwork({ metadata, spec }, "ProviderNetwork");
    return judgeFloatingPool("uplinks", config, [network]).map(({ says, cure }) => `${says} -> ${cure}`);
  };
  const subnet = "192.0.2.0/24";
  assert.deepEqual(
    told({ subnet, excludeIps: "192.0.2.20..192.0.2.24 192.0.2.25..192.0.2.99" }, ["192.0.2.20..192.0.2.29"]),
    [],
  );
  assert.deepEqual(told({ subnet, excludeIps: "192.0.2.20" }, ["192.0.2.20..192.0.2.29"]), [
    "west: pods of the ProviderNetwork shop/wan may get the floating addresses 192.0.2.20..192.0.2.29 as well -> add 192.0.2.20..192.0.2.29 to excludeIps of its subnet",
  ]);
  assert.deepEqual(told({ subnet }, ["203.0.113.0/28"], { routed: true }), []);
});
