import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { callsOf } from "#src/api/multus/multus-calls.ts";
import { requestOfCalls } from "#src/api/multus/multus-request.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { parseClaimReference, refuseSharedClaims } from "#src/api/request/claim-reference.ts";
import { parseRequest } from "#src/api/request/request.ts";

const ours = new Map([
  ["default/blue", { network: "blue", configName: "blue-net" }],
  ["default/closed", { network: "red", allowsClaims: false }],
  ["default/odd", { network: "red", oddClaimSetting: '"yes"' }],
]);

function selected(...elements: readonly object[]) {
  return requestOfCalls(callsOf(parseSelections(JSON.stringify(elements), "default"), ours));
}

function asked(...interfaces: readonly object[]) {
  const text = JSON.stringify({ type: "ovn4nfv", interface: interfaces });
  return parseRequest({ [annotationKeys.request.key]: text }).request?.interfaces;
}

test("a request names a claim for its network, and a selection one for the name of its configuration", () => {
  assert.deepEqual(asked({ name: "blue", claim: "web.blue" })?.[0]?.claim, {
    field: "k8s.plugin.opnfv.org/nfn-network: interface[0].claim",
    name: "web.blue",
    network: "blue",
    isWritten: true,
  });
  const [one] = selected({ name: "blue", "ipam-claim-reference": "vm.blue", mac: "0a:58:0a:00:00:05" });
  assert.deepEqual([one?.claim?.name, one?.claim?.network, one?.mac], ["vm.blue", "blue-net", "0a:58:0a:00:00:05"]);
});

test("addresses beside a claim are refused in both forms", () => {
  assert.throws(
    () => asked({ name: "blue", claim: "a", ipAddress: "10.0.0.5" }),
    /ipAddress "10.0.0.5" asks for an address beside a claim/,
  );
  const element = { name: "blue", "ipam-claim-reference": "a", ips: ["10.0.0.5"] };
  assert.throws(() => selected(element), /\[0\]\.ips "10.0.0.5" asks for an address beside a claim/);
});

test("one claim for two interfaces is refused, as KubeVirt names it for two selections of one definition", () => {
  const twice = { name: "blue", "ipam-claim-reference": "vm.blue" };
  assert.throws(
    () => selected(twice, twice),
    /ClaimInvalid: .*\[1\]\.ipam-claim-reference "vm\.blue" is named by .*\[0\]/,
  );
  refuseSharedClaims([{}, {}, { claim: parseClaimReference("a", "f", "n") }]);
});

test("a definition may forbid claims", () => {
  assert.throws(
    () => selected({ name: "closed", "ipam-claim-reference": "a" }),
    /allowPersistentIPs: false; leave it out/,
  );
  assert.throws(
    () => selected({ name: "odd", "ipam-claim-reference": "a" }),
    /allowPersistentIPs of the definition is "yes"; write true or false there/,
  );
  assert.equal(selected({ name: "odd" }).length, 1);
});

test("a claim beside tap is refused, and a text that is no name of an object", () => {
  assert.throws(() => asked({ name: "blue", claim: "a", tap: "true" }), /claim "a" stands beside tap/);
  assert.throws(() => parseClaimReference("Web", "f", "n"), /is not the name of an object/);
  assert.throws(
    () => parseClaimReference("other/web", "f", "n"),
    /names a namespace.*; write "web", and make the claim there/,
  );
});
