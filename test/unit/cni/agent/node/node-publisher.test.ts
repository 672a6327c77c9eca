import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodePublisher } from "#cni/agent/node/node-publisher.ts";
import type { SeenWire } from "#cni/wires/wire-conditions.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { FakeBridge } from "#test/fakes/cni/fake-bridge.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

interface Stored {
  metadata: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const path = "/apis/k8s.plugin.opnfv.org/v1alpha1/ovnnodes";

/** An API server with a Node and at most one OvnNode. */
function publishing({ refuses = false } = {}) {
  const world: { object: Stored | undefined } = { object: undefined };
  const answer = ({ method, path: asked, body }: ApiRequest): unknown => {
    if (asked === "/api/v1/nodes/n1") return { metadata: { name: "n1", uid: "node-uid", resourceVersion: "1" } };
    if (refuses && method !== "GET") throw statusError(403, "Forbidden");
    if (method === "POST") {
      const { metadata } = body as Stored;
      world.object = { metadata: { ...metadata, uid: "u", resourceVersion: "1" } };
    } else if (world.object === undefined) throw statusError(404, "NotFound");
    else if (method === "PATCH") {
      const { status } = body as Stored;
      world.object = { ...world.object, status: JSON.parse(JSON.stringify(status)) as Record<string, unknown> };
    }
    return world.object;
  };
  const client = new FakeApiClient(answer);
  const bridge = new FakeBridge();
  const metrics = createMetrics();
  const clock = new ManualClock();
  const mtu = { get: () => Promise.resolve(1400) };
  const wires: { wires: readonly SeenWire[] | undefined; onWires(): void } = { wires: undefined, onWires() {} };
  const taps = { taps: undefined, onTaps() {}, nodeChanged() {} };
  const parts = { client, bridge, mtu, wires, taps, clock, metrics, logger: silentLogger };
  const publisher = new NodePublisher({ ...parts, nodeName: "n1", agentVersion: "1.2.3" });
  const pass = async (): Promise<readonly string[]> => {
    client.requests.length = 0;
    await publisher.pass(AbortSignal.any([]));
    return client.requests.map((request) => `${request.method} ${request.path}`);
  };
  return { world, bridge, wires, metrics, pass };
}

const tunnel = { types: "geneve", addresses: ["198.51.100.1"] };

describe("NodePublisher", () => {
  it("makes the object for the Node of its name, writes its status, and writes nothing when nothing is new", async () => {
    const { world, bridge, pass, metrics } = publishing();
    bridge.chassis = { systemId: "c-1", controllers: [], tunnel };
    assert.deepEqual(await pass(), [
      `GET ${path}/n1`,
      "GET /api/v1/nodes/n1",
      `POST ${path}`,
      `PATCH ${path}/n1/status`,
    ]);
    const owner = { apiVersion: "v1", kind: "Node", name: "n1", uid: "node-uid" };
    assert.deepEqual(world.object?.metadata["ownerReferences"], [owner]);
    const { systemId, encapIps, mtu, agentVersion } = world.object.status ?? {};
    assert.deepEqual([systemId, encapIps, mtu, agentVersion], ["c-1", ["198.51.100.1"], 1400, "1.2.3"]);
    assert.deepEqual(await pass(), [`GET ${path}/n1`]);
    assert.match(await metrics.registry.metrics(), /^ovn4nfv_agent_node_published 1$/m);
  });

  it("follows a chassis that gets another id, and takes the id away when there is none", async () => {
    const { world, bridge, pass } = publishing();
    bridge.chassis = { systemId: "c-1", controllers: [], tunnel };
    await pass();
    bridge.chassis = { systemId: "c-2", controllers: [], tunnel };
    await pass();
    assert.equal(world.object?.status?.["systemId"], "c-2");
    bridge.chassis = { systemId: undefined, controllers: [], tunnel: undefined };
    await pass();
    assert.equal(world.object.status["systemId"], null);
  });

  it("tells the wires once they are known, and leaves what was told before until then", async () => {
    const { world, bridge, wires, pass } = publishing();
    bridge.chassis = { systemId: "c-1", controllers: [], tunnel };
    const ready = { type: "Ready", status: "True", reason: "Connected", message: "eth1 on br-eth1" } as const;
    wires.wires = [{ physicalNetwork: "ovn4nfv-eth1", interface: "eth1", bridge: "br-eth1", conditions: [ready] }];
    await pass();
    const told = (): unknown => (world.object?.status?.["wires"] as { physicalNetwork: string }[]).length;
    assert.equal(told(), 1);
    wires.wires = undefined;
    assert.deepEqual(await pass(), [`GET ${path}/n1`]);
    wires.wires = [];
    await pass();
    assert.equal(told(), 0);
  });

  it("makes the object again that somebody deleted", async () => {
    const { world, bridge, pass } = publishing();
    bridge.chassis = { systemId: "c-1", controllers: [], tunnel };
    await pass();
    world.object = undefined;
    await pass();
    assert.equal((world as { object?: Stored }).object?.status?.["systemId"], "c-1");
  });

  it("says nothing about the node before it has read Open vSwitch", async () => {
    const { pass } = publishing();
    assert.deepEqual(await pass(), []);
  });

  it("shows by a metric that the API server refuses the object", async () => {
    const { bridge, pass, metrics } = publishing({ refuses: true });
    bridge.chassis = { systemId: "c-1", controllers: [], tunnel };
    await assert.rejects(pass(), { code: "KubeApiError" });
    assert.match(await metrics.registry.metrics(), /^ovn4nfv_agent_node_published 0$/m);
  });
});
