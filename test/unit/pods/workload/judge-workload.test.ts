import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "#src/core/errors.ts";
import type { AllocationRequest } from "#src/ipam/allocation.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { KeyedNotifier } from "#src/core/keyed-notifier.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { settled } from "#test/fakes/manual-clock.ts";
import { NetworkGate } from "#src/pods/networks/network-gate.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { namedDefinitions } from "#src/pods/demand/definition-source.ts";
import { type AppliedWorkload, createWorkloadJudge } from "#src/pods/workload/judge-workload.ts";
import type { UnpatchedDecision } from "#src/pods/pod-decision.ts";

const key = "k8s.plugin.opnfv.org/nfn-network";
const call = { signal: new AbortController().signal, deadlineMs: 1_000 };

function setUp(gateRefuses = false) {
  const fixture = new NbFixture();
  fixture.addSwitch("blue", "10.1.0.0/24", { gateways: "10.1.0.1" });
  fixture.addSwitch("pooled", "10.8.0.0/24", { pools: '[{"name":"front","range":"10.8.0.64/26"}]' });
  fixture.addPort("blue", "01A-net1", {
    addresses: "0a:58:0a:01:00:63 10.1.0.99",
    allocation: "01A",
    pod: "web-0",
    podUid: "u0",
  });
  fixture.addSwitch("wired", "10.7.0.0/24", { "physical-network": "lan" });
  const pass = () =>
    gateRefuses
      ? Promise.reject(refusal("NotAllowed", { field: "f", value: "v", reason: "labels", remedy: "ask" }))
      : Promise.resolve({});
  const plan = (request: AllocationRequest) => Promise.try(() => planPorts(request, fixture.view));
  return createWorkloadJudge({
    allocator: { index: fixture.index, plan },
    gate: { pass },
    carriedWires: () => ({ on: () => undefined, anyCarries: () => false }),
    definitions: namedDefinitions([]),
    excludedNamespaces: new Set(["kube-system"]),
    clock: fixture.clock,
  });
}

const deployment = (annotation: string | undefined, spec: JsonObject = {}, podSpec: JsonObject = {}): JsonObject => ({
  metadata: { name: "web" },
  spec: {
    ...spec,
    template: {
      metadata: { annotations: { ...(annotation === undefined ? {} : { [key]: annotation }) } },
      spec: podSpec,
    },
  },
});
const asks = (...interfaces: readonly object[]) => JSON.stringify({ type: "ovn4nfv", interface: interfaces });

const applied = (object: JsonObject): AppliedWorkload => {
  return { kind: "Deployment", apiVersion: "apps/v1", namespace: "default", object, before: undefined };
};
const shown = (decision: UnpatchedDecision): string =>
  decision.kind === "unchanged" ? `allowed ${decision.warnings.join()}`.trim() : decision.error.message;

async function told(object: JsonObject, changes: Partial<AppliedWorkload> = {}, gateRefuses = false): Promise<string> {
  return shown(await setUp(gateRefuses)({ ...applied(object), ...changes }, call));
}

const wrong: readonly (readonly [string, JsonObject, RegExp])[] = [
  ["a request that is no JSON", deployment("{"), /^Malformed/],
  ["an interface name that cannot be", deployment(asks({ name: "blue", interface: "eth0" })), /^InterfaceInvalid/],
  ["hostNetwork", deployment(asks({ name: "blue" }), {}, { hostNetwork: true }), /^HostNetwork/],
  ["an address outside the network", deployment(asks({ name: "blue", ipAddress: "10.9.0.1" })), /^AddressOutOfRange/],
  ["a gateway that cannot be reached", deployment(asks({ name: "blue", gwipaddress: "10.9.0.1" })), /^RouteInvalid/],
];
for (const [title, object, message] of wrong) {
  test(`${title} in a template is refused`, async () => {
    assert.match(await told(object), message);
  });
}

test("a DaemonSet without the labels of its wires is refused with what to write, and without nodes others are warned of", async () => {
  const wired = asks({ name: "wired" });
  const daemonSet = { kind: "DaemonSet" };
  assert.match(
    await told(deployment(wired), daemonSet),
    /^Malformed: spec\.template\.spec\.nodeSelector .* write \{"provider\.k8s\.plugin\.opnfv\.org\/lan":"ready"\} into it/,
  );
  const selecting = deployment(wired, {}, { nodeSelector: { "provider.k8s.plugin.opnfv.org/lan": "ready" } });
  assert.match(await told(selecting, daemonSet), /^allowed pods would be refused now: WireMissing: .* no node carries/);
  assert.match(await told(deployment(wired)), /^allowed pods would be refused now: WireMissing/);
});

test("what another moment may make good is a warning", async () => {
  assert.match(await told(deployment(asks({ name: "green" }))), /^allowed pods would be refused now: UnknownNetwork/);
  assert.match(await told(deployment(asks({ name: "blue" })), {}, true), /^allowed .*NotAllowed/);
});

test("a template that names a pool is judged by the pools of its network", async () => {
  const front = { name: "pooled", pool: "front" };
  assert.equal(await told(deployment(asks(front))), "allowed");
  const fixed = await told(deployment(asks({ ...front, ipAddress: "10.8.0.65" })));
  assert.match(fixed, /^allowed/);
  assert.doesNotMatch(fixed, /would be refused/);
  assert.match(await told(deployment(asks({ ...front, pool: "side" }))), /^allowed .*UnknownPool/);
  assert.match(await told(deployment(asks({ name: "pooled", ipAddress: "10.8.0.65" }))), /^AddressReserved/);
});

test("of several faults each is a warning of its own, unless one of them stays", async () => {
  const twice = await told(deployment(asks({ name: "green" }, { name: "red" })));
  assert.equal(twice.match(/pods would be refused now: UnknownNetwork/g)?.length, 2);
  const stays = await told(deployment(asks({ name: "green" }, { name: "blue", ipAddress: "10.99.0.1" })));
  assert.match(stays, /^AddressOutOfRange|^UnknownNetwork[^]*AddressOutOfRange/);
});

/** A Deployment on the network `fresh`, whose Network was stored a moment ago. `then` is what becomes of it. */
async function toldOfFreshNetwork(
  then: (fixture: NbFixture, switches: KeyedNotifier<string>) => Promise<void>,
): Promise<string> {
  const fixture = new NbFixture();
  const switches = new KeyedNotifier<string>(fixture.clock, (name) => name);
  const objects = { exists: () => Promise.resolve(true), isDeleting: () => false, labels: () => Promise.resolve({}) };
  const judge = createWorkloadJudge({
    allocator: {
      index: fixture.index,
      plan: (request) => Promise.try(() => planPorts(request, fixture.view)),
    },
    gate: new NetworkGate({ index: fixture.index, switches, objects }),
    definitions: namedDefinitions([]),
    excludedNamespaces: new Set(),
    clock: fixture.clock,
  });
  const longer = { ...call, deadlineMs: fixture.clock.monotonicMs() + 9_000 };
  const judging = judge(applied(deployment(asks({ name: "fresh" }))), longer);
  await settled();
  await then(fixture, switches);
  return shown(await judging);
}

test("the switch of a Network that came with the workload is waited for, so that nothing is warned of", async () => {
  const came = await toldOfFreshNetwork(async (fixture, switches) => {
    await fixture.clock.advance(2_999);
    fixture.addSwitch("fresh", "10.2.0.0/24");
    switches.notify("fresh");
  });
  assert.equal(came, "allowed");
});

test("a switch that does not come within seconds is a warning, long before the API server gives up", async () => {
  const late = await toldOfFreshNetwork(async ({ clock }) => clock.advance(3_000));
  assert.match(late, /^allowed pods would be refused now: BackendUnavailable: .*has no logical switch yet/);
});

test("a fixed address in a Deployment that rolls gets a remedy, an automatic one gets nothing", async () => {
  assert.match(await told(deployment(asks({ name: "blue", ipAddress: "10.1.0.7" }))), /^allowed .*Recreate/);
  assert.equal(await told(deployment(asks({ name: "blue" }))), "allowed");
});

const set = (ask: object, spec: JsonObject = {}): JsonObject => deployment(asks({ name: "blue", ...ask }), spec);
const ofSet = { kind: "StatefulSet" };

test("what only replicas of a StatefulSet can have is refused in any other template, and nothing is said of it there", async () => {
  const sticky = { sticky: true };
  for (const kind of ["Deployment", "DaemonSet", "Job"]) {
    const message = new RegExp(`^ReplicaInvalid: .*those of the ${kind} web have no names that stay`);
    assert.match(await told(set(sticky), { kind }), message);
  }
  assert.equal(await told(set(sticky, { replicas: 3 }), ofSet), "allowed");
});

test("a StatefulSet with fewer lists of addresses than replicas is told which pods will be refused", async () => {
  const lists = { ordinalAddresses: [["10.1.0.7"], ["10.1.0.8"]] };
  assert.equal(await told(set(lists, { replicas: 2, ordinals: { start: 3 } }), ofSet), "allowed");
  assert.equal(
    await told(set(lists, { replicas: 3, ordinals: { start: 3 } }), ofSet),
    "allowed ordinalAddresses has 2 lists for 3 replicas: pods from ordinal 5 on are refused",
  );
  assert.match(
    await told(set({ ordinalAddresses: [["10.9.0.7"]] }), ofSet),
    /^AddressOutOfRange: .*ordinalAddresses\[0\]/,
  );
});

test("a changed StatefulSet may keep the address of its own replica, and is refused for whatever else is wrong", async () => {
  const keeps = { name: "blue", interface: "net1", ipAddress: "10.1.0.99" };
  const wrongGateway = { name: "blue", interface: "net2", gwipaddress: "10.9.0.1" };
  const changed = { ...ofSet, before: set({}, { replicas: 1 }) };
  const of = (...interfaces: readonly object[]) => deployment(asks(...interfaces), { replicas: 1 });
  assert.equal(await told(of(keeps), changed), "allowed");
  assert.match(await told(of(keeps), ofSet), /^allowed pods would be refused now: AddressInUse/);
  assert.match(await told(of(wrongGateway, keeps), changed), /RouteInvalid/);
});

test("a template without a request, and an excluded namespace, are not judged", async () => {
  assert.equal(await told(deployment(undefined)), "allowed");
  assert.equal(await told(deployment("{"), { namespace: "kube-system" }), "allowed");
});

test("an update is judged only when it changes the request", async () => {
  const before = deployment("{", { replicas: 1 });
  assert.equal(await told(deployment("{", { replicas: 5 }), { before }), "allowed");
  assert.match(await told(deployment("{ "), { before }), /^Malformed/);
});
