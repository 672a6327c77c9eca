import assert from "node:assert/strict";
import { test } from "node:test";
import { oddClaims } from "#src/commands/doctor/stuck/odd-claims.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

const nowMs = Date.parse("2026-11-29T12:00:00Z");

function claim(reason: string, status: "True" | "False", message: string, metadata: object = {}): KubeObject {
  const condition = { type: "IPsAllocated", status, reason, message, lastTransitionTime: "2026-11-29T11:00:00Z" };
  return {
    metadata: { namespace: "shop", name: "db", uid: "u", resourceVersion: "1", ...metadata },
    spec: { network: "blue" },
    status: { ips: ["10.1.0.7/24"], conditions: [condition] },
  };
}
const deleted = (deletionTimestamp: string) => ({ deletionTimestamp, finalizers: ["k8s.plugin.opnfv.org/ipam-claim"] });

test("a claim that has its addresses, or none yet, is well", () => {
  const none = { metadata: { namespace: "shop", name: "new", uid: "u", resourceVersion: "1" } };
  assert.deepEqual(oddClaims([claim("SuccessfulAllocation", "True", "allocated"), none], nowMs), []);
});

test("a claim whose address somebody has as well, or that is for another network, is told with its cure", () => {
  const [shared, other] = oddClaims(
    [
      claim("IPAddressConflict", "False", "port vm has an address of the claim"),
      claim("ClaimInvalid", "False", 'pod web has addresses under this name on "wan"'),
    ],
    nowMs,
  );
  assert.equal(shared?.why, "port vm has an address of the claim");
  assert.match(shared.cure, /free the address.*delete the claim/);
  assert.match(other?.cure ?? "", /another claim/);
});

test("a claim that waits with its deletion says for whom, after the time that it usually takes", () => {
  const waiting = "the claim is deleted when pod db-0 has ended";
  const [found] = oddClaims([claim("ClaimInUse", "True", waiting, deleted("2026-11-29T11:59:00Z"))], nowMs);
  assert.equal(found?.why, `was deleted 60 s ago and is still there: ${waiting}`);
  assert.deepEqual(oddClaims([claim("ClaimInUse", "True", waiting, deleted("2026-11-29T11:59:55Z"))], nowMs), []);
});
