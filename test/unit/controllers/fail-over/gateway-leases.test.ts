import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { GatewayLeases } from "#src/controllers/fail-over/gateway-leases.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { statusError } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const namespace = "ovn4nfv-system";
const settleMs = 10_000;

let version = 1;
const lease = (node: string, renewTime?: string, annotations: Readonly<Record<string, string>> = {}) => ({
  metadata: {
    name: `ovn4nfv-gateway-${node}`,
    namespace,
    uid: node,
    resourceVersion: String((version += 1)),
    annotations: { "k8s.plugin.opnfv.org/peers": "n2", ...annotations },
  },
  spec: { renewTime },
});

async function watching(t: TestContext) {
  const client = new FakeWatchServer();
  const clock = new ManualClock();
  const parts = { client, clock, logger: silentLogger, metrics: createMetrics(), namespace, settleMs };
  const leases = new GatewayLeases({ ...parts, onChange: () => {} });
  await runDuring(t, (signal) => leases.run(signal));
  client.watch.bookmark("1", true);
  await settled();
  const send = async (type: string, object: object): Promise<void> => {
    client.watch.send(type, object);
    await settled();
  };
  return { client, clock, leases, send };
}

describe("GatewayLeases", () => {
  it("counts silence from the renewal that it saw itself, since clocks of other machines are not trusted", async (t) => {
    const { clock, leases, send } = await watching(t);
    assert.deepEqual(leases.heard("n1"), { silentMs: undefined, heardMs: 0 });
    await send("ADDED", lease("n1"));
    await clock.advance(60_000);
    assert.deepEqual(leases.heard("n1"), { silentMs: undefined, heardMs: 0 }, "nobody has renewed it yet");
    await send("MODIFIED", lease("n1", "2020-01-01T00:00:00.000000Z"));
    assert.deepEqual(leases.heard("n1"), { silentMs: 0, heardMs: 0 }, "it may be old, and is new to us");
    await clock.advance(5_000);
    await send("MODIFIED", lease("n1", "2020-01-01T00:00:00.000000Z", { other: "yes" }));
    assert.deepEqual(leases.heard("n1"), { silentMs: 5_000, heardMs: 5_000 }, "another change is no renewal");
    await send("MODIFIED", lease("n1", "2020-01-01T00:00:05.000000Z"));
    assert.deepEqual(leases.heard("n1"), { silentMs: 0, heardMs: 5_000 });
    await clock.advance(6_000);
    await send("MODIFIED", lease("n1", "2020-01-01T00:00:11.000000Z"));
    assert.deepEqual(leases.heard("n1"), { silentMs: 0, heardMs: 0 }, "after a gap it begins anew");
    await send("DELETED", lease("n1"));
    assert.equal(leases.heard("n1").silentMs, undefined);
  });

  it("tells the tunnels as the last renewal has them, and nothing when they cannot be read", async (t) => {
    const { leases, send } = await watching(t);
    await send("ADDED", lease("n1", "1", { "k8s.plugin.opnfv.org/tunnels": '{"n2":"down"}' }));
    assert.deepEqual(leases.tunnels("n1"), { n2: "down" });
    await send("MODIFIED", lease("n1", "2", { "k8s.plugin.opnfv.org/tunnels": '{"n2":"sideways"}' }));
    assert.deepEqual([leases.tunnels("n1"), leases.tunnels("n2")], [{}, {}]);
  });

  it("takes a Lease for old news when the API server has another renewal, or none", async (t) => {
    const { client, leases, send } = await watching(t);
    await send("ADDED", lease("n1", "1"));
    const answers = [lease("n1", "1"), lease("n1", "2")];
    client.list = () => {
      const answer = answers.shift();
      if (answer === undefined) throw statusError(404, "NotFound");
      return answer;
    };
    assert.equal(await leases.isAsKnown("n1", {}), true);
    assert.equal(await leases.isAsKnown("n1", {}), false);
    assert.equal(await leases.isAsKnown("n1", {}), false);
  });

  it("makes the Leases that are needed, owned by their Nodes, and removes others after a while", async (t) => {
    const { client, clock, leases, send } = await watching(t);
    const calls: string[] = [];
    client.list = ({ method, path, body }) => {
      calls.push(`${method} ${path.split("/").at(-1) ?? ""}`);
      if (path.endsWith("/nodes/n3")) throw statusError(404, "NotFound");
      if (method === "GET") return { metadata: { name: "n1", uid: "node-uid", resourceVersion: "1" } };
      if (method === "POST") {
        const { metadata } = body as { metadata: { ownerReferences: unknown; annotations: unknown } };
        assert.deepEqual(metadata.ownerReferences, [{ apiVersion: "v1", kind: "Node", name: "n1", uid: "node-uid" }]);
        assert.deepEqual(metadata.annotations, { "k8s.plugin.opnfv.org/peers": "n2,n9" });
      }
      return lease("n1");
    };
    await leases.bring(
      new Map([
        ["n1", ["n9", "n2"]],
        ["n3", ["n1"]],
      ]),
      {},
    );
    assert.deepEqual(calls.splice(0), ["GET n1", "POST leases", "GET n3"]);
    await send("ADDED", lease("n1"));
    await leases.bring(new Map([["n1", ["n2"]]]), {});
    assert.deepEqual(calls.splice(0), []);
    await leases.bring(new Map([["n1", ["n2", "n9"]]]), {});
    assert.deepEqual(calls.splice(0), ["PATCH ovn4nfv-gateway-n1"]);
    await leases.bring(new Map(), {});
    await clock.advance(settleMs - 1);
    await leases.bring(new Map(), {});
    assert.deepEqual([calls, leases.hasUnneeded], [[], true], "a new leader may not know yet that it is needed");
    await clock.advance(1);
    await leases.bring(new Map(), {});
    assert.deepEqual([calls, leases.hasUnneeded], [["DELETE ovn4nfv-gateway-n1"], false]);
  });
});
