import assert from "node:assert/strict";
import { test } from "node:test";
import { readPod } from "#src/api/pod-metadata.ts";
import { NbFixture } from "#test/unit/ipam/nb-fixture.ts";
import { checkAgainstNetworks, readDemand } from "#webhooks/pod/pod-request.ts";

const ours = new Set(["kube-system/ovn4nfv"]);
const requestKey = "k8s.plugin.opnfv.org/nfn-network";
const multusKey = "k8s.v1.cni.cncf.io/networks";

function demandOf(interfaces: readonly object[] | undefined, more: Record<string, string> = {}, spec: object = {}) {
  const request = interfaces && { [requestKey]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }) };
  const pod = readPod({ metadata: { name: "web", annotations: { ...request, ...more } }, spec });
  const warnings: string[] = [];
  return { demand: readDemand(pod, "default", ours, warnings), warnings };
}

test("a pod without a request demands nothing", () => {
  assert.equal(demandOf(undefined).demand, undefined);
});

test("interfaces without a name get the next free netN, past those that Multus gives to other selections", () => {
  const { demand } = demandOf([{ name: "blue" }, { name: "blue", interface: "net2" }, { name: "green" }], {
    [multusKey]: "default/macvlan",
  });
  assert.deepEqual(
    demand?.allocation.ports.map(({ interfaceName }) => interfaceName),
    ["net3", "net2", "net4"],
  );
  assert.equal(demand.selectsOurs, false);
});

test("a name that Multus gives to another selection is refused", () => {
  assert.throws(() => demandOf([{ name: "blue", interface: "net1" }], { [multusKey]: "macvlan" }), {
    code: "InterfaceInvalid",
  });
});

test("a selection of one of our definitions is noticed, in whatever namespace the pod is", () => {
  assert.equal(demandOf([{ name: "blue" }], { [multusKey]: "kube-system/ovn4nfv@net1" }).demand?.selectsOurs, true);
  assert.equal(demandOf([{ name: "blue" }], { [multusKey]: "ovn4nfv" }).demand?.selectsOurs, false);
});

test("a pod on the host's network is refused, but only when it asks for something", () => {
  assert.throws(() => demandOf([{ name: "blue" }], {}, { hostNetwork: true }), { code: "HostNetwork" });
  assert.equal(demandOf(undefined, {}, { hostNetwork: true }).demand, undefined);
});

test("one interface's address, MAC and gateway never reach the next one", () => {
  const { demand } = demandOf([{ name: "a", ipAddress: "10.1.0.5", macAddress: "0a:00:00:00:00:01" }, { name: "b" }]);
  assert.deepEqual(demand?.allocation.ports[1]?.addresses, []);
  assert.equal(demand.allocation.ports[1].mac, undefined);
});

test("routes are checked against the networks that exist, others are left to the allocator", () => {
  const fixture = new NbFixture();
  fixture.addSwitch("blue", "10.1.0.0/24");
  const wrong = demandOf([{ name: "blue", routes: [{ dst: "192.0.2.0/24", gw: "10.9.0.1" }] }]).demand;
  const unknown = demandOf([{ name: "green", routes: [{ dst: "192.0.2.0/24", gw: "10.9.0.1" }] }]).demand;
  assert.ok(wrong && unknown);
  assert.throws(
    () => {
      checkAgainstNetworks(wrong, fixture.index);
    },
    { code: "RouteInvalid" },
  );
  checkAgainstNetworks(unknown, fixture.index);
});
