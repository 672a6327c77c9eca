import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { assertInvariants, violations, type World } from "#lab/invariants/invariants.ts";
import type { NbPort, NbSwitch } from "#lab/invariants/nb-snapshot.ts";

const p = "k8s.plugin.opnfv.org/";
const nowMs = Date.parse("2026-11-24T12:00:00Z");
const request = { [`${p}nfn-network`]: '{"type":"ovn4nfv","interface":[{"name":"blue"}]}' };

const blue: NbSwitch = {
  name: "blue",
  otherConfig: new Map([
    ["subnet", "10.1.0.0/24"],
    ["exclude_ips", "10.1.0.50..10.1.0.60"],
  ]),
  externalIds: new Map([[`${p}gateways`, "10.1.0.1"]]),
};

function port(id: string, ip: string, mac: string, more: Partial<NbPort> = {}): NbPort {
  return {
    uuid: `uuid-${id}`,
    name: `${id}-net1`,
    switchName: "blue",
    type: "",
    addresses: [mac, ip],
    portSecurity: [mac, ip],
    options: new Map([["iface-id-ver", id]]),
    externalIds: new Map(
      Object.entries({
        owner: "ovn4nfv",
        allocation: id,
        namespace: "default",
        "pod-uid": "",
        network: "blue",
        interface: "net1",
        "reserved-at": "2026-11-24T11:59:00Z",
      }).map(([key, value]) => [p + key, value]),
    ),
    ...more,
  };
}

function pod(id: string, ip: string, mac: string, metadata: object = {}): KubeObject {
  const entry = { ip_address: [`${ip}/24`], mac_address: mac, interface: "net1", network: "blue", port: `${id}-net1` };
  return {
    metadata: {
      name: `pod-${id}`,
      namespace: "default",
      uid: `uid-${id}`,
      resourceVersion: "1",
      labels: { [`${p}allocation`]: id },
      annotations: { ...request, [`${p}ovnInterfaces`]: JSON.stringify([entry]), [`${p}allocation-token`]: "t.t.t" },
      finalizers: [`${p}addresses`],
      ...metadata,
    },
  };
}

const [macA, macB] = ["0a:58:0a:01:00:07", "0a:58:0a:01:00:08"] as const;
const sound: World = {
  pods: [pod("A", "10.1.0.7", macA), pod("B", "10.1.0.8", macB)],
  nb: { switches: [blue], ports: [port("A", "10.1.0.7", macA), port("B", "10.1.0.8", macB)] },
};

function withPort(second: NbPort): World {
  return { ...sound, nb: { switches: [blue], ports: [port("A", "10.1.0.7", macA), second] } };
}
function withPod(second: KubeObject): World {
  return { ...sound, pods: [pod("A", "10.1.0.7", macA), second] };
}

test("a sound world has no violations", () => {
  assertInvariants(sound, { nowMs });
});

const broken: Readonly<Record<string, readonly [World, RegExp]>> = {
  "two ports share an IP address": [
    withPort(port("B", "10.1.0.7", macB)),
    /^10\.1\.0\.7 of switch blue is held by A-net1, B-net1$/m,
  ],
  "two ports share a MAC": [withPort(port("B", "10.1.0.8", macA)), /^0a:58:0a:01:00:07 of switch blue is held/m],
  "an address is outside the subnet": [withPort(port("B", "10.2.0.8", macB)), /10\.2\.0\.8, which is outside 10\.1/],
  "an address is the gateway's": [withPort(port("B", "10.1.0.1", macB)), /10\.1\.0\.1, which is a gateway/],
  "an address is excluded": [withPort(port("B", "10.1.0.55", macB)), /10\.1\.0\.55, which is excluded/],
  "an address is the network's": [withPort(port("B", "10.1.0.0", macB)), /10\.1\.0\.0, which is a network address/],
  "a port lets others' addresses through": [
    withPort(port("B", "10.1.0.8", macB, { portSecurity: [] })),
    /not held to its own addresses/,
  ],
  "a port is on no switch": [withPort(port("B", "10.1.0.8", macB, { switchName: undefined })), /on no switch/],
  "a pod has no port": [
    { ...sound, nb: { switches: [blue], ports: [port("A", "10.1.0.7", macA)] } },
    /NB has\n {2}nothing/,
  ],
  "a pod's result says another address": [withPod(pod("B", "10.1.0.9", macB)), /pod default\/pod-B says/],
  "a pod with a request has no result": [
    withPod(pod("B", "10.1.0.8", macB, { annotations: request, labels: {} })),
    /pod-B lacks result, token or label/,
  ],
  "a pod has no finalizer": [withPod(pod("B", "10.1.0.8", macB, { finalizers: [] })), /pod-B lacks the finalizer/],
  "two pods hold one allocation": [withPod(pod("A", "10.1.0.7", macA, { name: "copy" })), /A-net1 belongs to 2 pods/],
  "a port is bound to another pod": [
    withPort(
      port("B", "10.1.0.8", macB, { externalIds: new Map([...port("B", "", "").externalIds, [`${p}pod-uid`, "x"]]) }),
    ),
    /bound to x, which is not its pod/,
  ],
};

for (const [what, [world, message]] of Object.entries(broken)) {
  test(`it is a violation when ${what}`, () => {
    assert.match(violations(world, { nowMs }).join("\n"), message);
  });
}

/** A row that keeps the claim `db`, and the claim, which was told of the same address. */
function kept(more: Partial<NbPort> = {}, ids: object = {}): NbPort {
  const all = { owner: "ovn4nfv", cluster: "c", namespace: "default", claim: "db", network: "blue", ...ids };
  return {
    ...port("K", "10.1.0.9", "0a:58:0a:01:00:09", { portSecurity: [], options: new Map() }),
    name: "claim:c:default/db",
    externalIds: new Map(Object.entries(all).map(([key, value]) => [p + key, value])),
    ...more,
  };
}
const claim = (...ips: readonly string[]): KubeObject => ({
  metadata: { name: "db", namespace: "default", uid: "c1", resourceVersion: "1", finalizers: [`${p}ipam-claim`] },
  status: { ips },
});
const withKept = (row: NbPort, claims: readonly KubeObject[]): World => {
  return { ...sound, claims, nb: { switches: [blue], ports: [...sound.nb.ports, row] } };
};

test("a row that keeps what a claim was told of is sound, and is not taken for a pod's port", () => {
  assert.deepEqual(violations(withKept(kept(), [claim("10.1.0.9/24")]), { nowMs }), []);
  assert.deepEqual(violations(withKept(kept(), []), { nowMs }).length, 1);
});

const brokenClaims: Readonly<Record<string, readonly [World, RegExp]>> = {
  "a row is kept for nobody": [withKept(kept(), []), /claim:c:default\/db is kept for a claim that is not there/],
  "a kept address is a pod's as well": [
    withKept(kept({ addresses: ["0a:58:0a:01:00:09", "10.1.0.8"] }), [claim("10.1.0.8/24")]),
    /10\.1\.0\.8 of switch blue is held by B-net1, claim:c:default\/db/,
  ],
  "NB lost the row of a claim": [{ ...sound, claims: [claim("10.1.0.9/24")] }, /db has 10\.1\.0\.9, and NB has no row/],
  "a claim was told of another address": [
    withKept(kept(), [claim("10.1.0.10/24")]),
    /db has 10\.1\.0\.10, and its row claim:c:default\/db has 10\.1\.0\.9/,
  ],
  "a row has the name of another cluster": [
    withKept(kept({}, { cluster: "new" }), [claim("10.1.0.9/24")]),
    /keeps the claim default\/db, whose row is claim:new:default\/db/,
  ],
};

for (const [what, [world, message]] of Object.entries(brokenClaims)) {
  test(`it is a violation of claims when ${what}`, () => {
    assert.match(violations(world, { nowMs }).join("\n"), message);
  });
}

test("it is a violation when a claim has two rows", () => {
  const second = port("B", "10.1.0.8", macB);
  const claimed = { ...second, externalIds: new Map([...second.externalIds, [`${p}claim`, "db"]]) };
  const world = { ...sound, nb: { switches: [blue], ports: [port("A", "10.1.0.7", macA), claimed, kept()] } };
  assert.match(violations(world, { nowMs }).join("\n"), /claim default\/db has the rows B-net1, claim:c:default\/db/);
});

test("a port without a pod is a reservation until the lease is over", () => {
  const world = { ...sound, pods: [pod("A", "10.1.0.7", macA)] };
  assert.deepEqual(violations(world, { nowMs }), []);
  assert.match(violations(world, { nowMs, leaseMs: 60_000 }).join(), /B-net1 has no pod and is 60000 ms old/);
});

test("an address that somebody else took later is no violation once it is known", () => {
  const foreign = port("vm", "10.1.0.7", macB, { externalIds: new Map() });
  const world = {
    ...sound,
    nb: { switches: [blue], ports: [...sound.nb.ports.slice(0, 1), foreign] },
    pods: sound.pods.slice(0, 1),
  };
  assert.match(violations(world, { nowMs }).join(), /10\.1\.0\.7 of switch blue is held by A-net1, vm-net1/);
  assert.deepEqual(violations(world, { nowMs, sharing: ["vm-net1"] }), []);
});
