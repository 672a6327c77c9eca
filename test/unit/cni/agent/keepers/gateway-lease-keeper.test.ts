import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { GatewayLeaseKeeper } from "#cni/agent/keepers/gateway-lease-keeper.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeBridge } from "#test/fakes/cni/fake-bridge.ts";
import { statusError } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const name = "ovn4nfv-gateway-n1";
const lease = (resourceVersion: string, peers = "n2") => ({
  metadata: {
    name,
    namespace: "ovn4nfv-system",
    uid: "l",
    resourceVersion,
    annotations: { "k8s.plugin.opnfv.org/peers": peers },
  },
});

interface Renewal {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

class WakingBridge extends FakeBridge {
  #wake = Promise.withResolvers<undefined>();

  override async whenChanged(_seen?: number, { signal }: CallOptions = {}): Promise<void> {
    await Promise.race([this.#wake.promise, new Promise((resolve) => signal?.addEventListener("abort", resolve))]);
    signal?.throwIfAborted();
  }

  turn(state: "up" | "down"): void {
    this.tunnels = { n2: state };
    this.changes += 1;
    this.#wake.resolve(undefined);
    this.#wake = Promise.withResolvers();
  }
}

async function keeping(t: TestContext) {
  const client = new FakeWatchServer();
  const clock = new ManualClock();
  const bridge = new WakingBridge();
  bridge.tunnels = { n2: "up" };
  const renewals: string[] = [];
  const world = { refuses: false };
  client.list = ({ method, path, body }) => {
    assert.equal(`${method} ${path}`, `PATCH /apis/coordination.k8s.io/v1/namespaces/ovn4nfv-system/leases/${name}`);
    const { metadata, spec } = body as Renewal;
    assert.equal(spec["holderIdentity"], "n1");
    renewals.push(metadata.annotations["k8s.plugin.opnfv.org/tunnels"] ?? "");
    if (world.refuses) throw statusError(403, "Forbidden");
    return lease("9");
  };
  const parts = { client, clock, bridge, metrics: createMetrics(), logger: silentLogger };
  const keeper = new GatewayLeaseKeeper({ ...parts, namespace: "ovn4nfv-system", nodeName: "n1" });
  await runDuring(t, (signal) => keeper.run(signal));
  const advance = async (ms: number): Promise<readonly string[]> => {
    await clock.advance(ms);
    await settled();
    return renewals.splice(0);
  };
  return { client, bridge, world, advance };
}

describe("GatewayLeaseKeeper", () => {
  it("writes nothing on a node that has no Lease, and each 2 s where it has one", async (t) => {
    const { client, advance } = await keeping(t);
    client.watch.bookmark("1", true);
    assert.deepEqual(await advance(60_000), []);
    client.watch.send("ADDED", lease("2"));
    assert.deepEqual(await advance(0), ['{"n2":"up"}']);
    client.watch.send("MODIFIED", lease("3"));
    assert.deepEqual(await advance(1_999), [], "its own renewal is no reason for another one");
    assert.deepEqual(await advance(1), ['{"n2":"up"}']);
    client.watch.send("DELETED", lease("4"));
    await settled();
    assert.deepEqual(await advance(60_000), []);
  });

  it("tells at once that a tunnel went down", async (t) => {
    const { client, bridge, advance } = await keeping(t);
    client.watch.send("ADDED", lease("2"));
    client.watch.bookmark("2", true);
    assert.deepEqual(await advance(0), ['{"n2":"up"}']);
    bridge.turn("down");
    assert.deepEqual(await advance(0), ['{"n2":"down"}']);
    assert.deepEqual(await advance(1_999), []);
  });

  it("tries again at the next time when the API server refuses a renewal, whatever changes", async (t) => {
    const { client, bridge, world, advance } = await keeping(t);
    world.refuses = true;
    client.watch.send("ADDED", lease("2"));
    client.watch.bookmark("2", true);
    assert.deepEqual(await advance(0), ['{"n2":"up"}']);
    bridge.turn("down");
    assert.deepEqual(await advance(1_999), []);
    assert.deepEqual(await advance(1), ['{"n2":"down"}']);
  });
});
