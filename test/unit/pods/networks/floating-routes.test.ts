import assert from "node:assert/strict";
import { test } from "node:test";
import { unreachableOutside } from "#src/pods/networks/floating-routes.ts";
import { networkedInterfaces } from "#src/pods/networks/networked-interface.ts";
import { placementLabels } from "#src/pods/placement/pod-placement.ts";
import { withUplink } from "#test/fixtures/ipam/floating-nb.ts";
import { interfacesOf } from "#test/fixtures/pods/pod-interfaces.ts";

test("an interface with an address outside and no route there brings a warning", () => {
  const warned = (more: object) =>
    unreachableOutside(networkedInterfaces(interfacesOf({ name: "blue", ...more }), withUplink().index));
  assert.match(warned({ externalIp: "auto" })[0] ?? "", /interface\[0\] asks for externalIp and has no route/);
  assert.deepEqual(warned({ externalIp: "auto", defaultGateway: "true" }), []);
  assert.deepEqual(warned({ externalIp: "auto", routes: [{ dst: "198.51.100.0/24" }] }), []);
  assert.deepEqual(warned({}), []);
});

test("an address outside that works from the node of the pod takes it to nodes that carry the wire of the uplink", () => {
  const labels = (more: object) =>
    placementLabels(
      networkedInterfaces(interfacesOf({ name: "blue", externalIp: "auto", ...more }), withUplink().index),
    );
  assert.deepEqual(labels({ distributed: "true" }), { "provider.k8s.plugin.opnfv.org/ovn4nfv-eth1": "ready" });
  assert.deepEqual(labels({}), {});
});
