import assert from "node:assert/strict";
import { test } from "node:test";
import { type OwnDefinitions, readOwnDefinition } from "#src/api/multus/attachment-definition.ts";
import { refuseGuestsBesideRequest } from "#src/api/multus/guest-selection.ts";
import { callsOf } from "#src/api/multus/multus-calls.ts";
import { requestOfCalls } from "#src/api/multus/multus-request.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { parseRequest } from "#src/api/request/request.ts";
import { refused } from "#test/assertions/refused.ts";
import { request } from "#test/fixtures/kube/pod-manifest.ts";

const ours: OwnDefinitions = new Map([
  ["shop/blue", { network: "blue" }],
  ["shop/blue-guests", { network: "blue", dhcp: true }],
]);
const calls = (...elements: readonly object[]) => callsOf(parseSelections(JSON.stringify(elements), "shop"), ours);
const guestsOf = (...elements: readonly object[]) => requestOfCalls(calls(...elements)).map(({ isGuest }) => isGuest);

test("a definition says in its configuration that it is for guests", () => {
  const config = { cniVersion: "1.0.0", name: "blue", type: "ovn4nfv-cni", "nfn-network": "blue" };
  const named = { network: "blue", configName: "blue" };
  assert.deepEqual(readOwnDefinition(JSON.stringify({ ...config, dhcp: true })), { ...named, dhcp: true });
  for (const dhcp of [undefined, false, "no", null]) {
    assert.deepEqual(readOwnDefinition(JSON.stringify({ ...config, dhcp })), named);
  }
});

test("a selection is a guest's by its definition or its cni-args, and the latter win", () => {
  assert.deepEqual(
    guestsOf(
      { name: "blue" },
      { name: "blue-guests" },
      { name: "blue", "cni-args": { dhcp: true } },
      { name: "blue-guests", "CNI-Args": { dhcp: "false" } },
      { name: "blue", "cni-args": { logicNetworkName: "default" } },
    ),
    [undefined, true, true, undefined, undefined],
  );
});

test("a guest gets its gateway by DHCP, so that its selection asks for none", () => {
  const asking = refused(() => guestsOf({ name: "blue-guests", "default-route": ["10.1.0.1"] }));
  assert.equal(asking.field, "k8s.v1.cni.cncf.io/networks: [0].default-route");
  assert.match(refused(() => guestsOf({ name: "blue", "cni-args": { dhcp: "yes" } })).field, /cni-args\.dhcp$/);
});

test("a request decides by itself, and a definition for guests beside it must agree", () => {
  const interfaces = (dhcp: boolean) =>
    parseRequest(request({ name: "blue", interface: "net1", dhcp })).request?.interfaces ?? [];
  refuseGuestsBesideRequest(calls({ name: "blue-guests" }), interfaces(true));
  refuseGuestsBesideRequest(calls({ name: "blue" }), interfaces(true));
  const { code, remedy } = refused(() => {
    refuseGuestsBesideRequest(calls({ name: "blue-guests" }), interfaces(false));
  }) as { code: string; remedy?: string };
  assert.equal(code, "SelectionInvalid", remedy);
});
