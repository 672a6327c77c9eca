import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFloatingIps } from "#src/commands/doctor/outside/floating-checks.ts";
import { projectFloatingIp } from "#src/controllers/floating/floating-ip-object.ts";
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
