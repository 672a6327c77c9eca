// test/e2e/networks/fail-over.test.ts and test/soak/fail-over.test.ts have chassis, databases and agents.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { FailOver } from "#src/controllers/fail-over/fail-over.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

async function running(t: TestContext) {
  const client = new FakeWatchServer();
  const made: string[] = [];
  client.list = ({ method, path, body }) => {
    const last = path.split("/").at(-1) ?? "";
    if (method === "GET") return { metadata: { name: last, uid: last, resourceVersion: "1" } };
    const { metadata } = body as { metadata: { name: string; annotations: Record<string, string> } };
    made.push(`${metadata.name}: ${metadata.annotations["k8s.plugin.opnfv.org/peers"] ?? ""}`);
    return { metadata: { ...metadata, uid: metadata.name, resourceVersion: "2" } };
  };
  const metrics = createMetrics();
  const clock = new ManualClock();
  const failOver = new FailOver({
    nb: { waitForSession: () => Promise.reject(new Error("nobody is asked")) },
    sb: undefined,
    client,
    namespace: "ovn4nfv-system",
    settleMs: 10_000,
    chassis: { nodeOf: (chassis) => (chassis.startsWith("c") ? `n${chassis.slice(1)}` : undefined) },
    events: { record: () => undefined },
    clock,
    logger: silentLogger,
    metrics,
  });
  const stop = new AbortController();
  const run = failOver.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await run;
  });
  await settled();
  client.watch.bookmark("1", true);
  await settled();
  const out = async (): Promise<string> =>
    /^ovn4nfv_gateway_members_out (\d)$/m.exec(await metrics.registry.metrics())?.[1] ?? "";
  return { failOver, made, clock, out };
}

const nobody = () => undefined;

describe("FailOver", () => {
  it("keeps the member out that NB has out, since another leader has decided it, and counts it", async (t) => {
    const { failOver, out } = await running(t);
    assert.equal(
      failOver.outOf("a", ["c1", "c2"], ([first]) => first),
      "c1",
    );
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), "c1", "NB is read once");
    assert.equal(await out(), "1");
    failOver.forget("a");
    assert.equal(await out(), "0");
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), undefined);
  });

  it("has no word on other gateways than pairs: BFD decides among three, and one has no other", async (t) => {
    const { failOver, made, clock } = await running(t);
    for (const chassis of [[], ["c1"], ["c1", "c2", "c3"]]) {
      assert.equal(
        failOver.outOf("a", chassis, () => assert.fail("NB is not asked")),
        undefined,
      );
    }
    await clock.advance(10_000);
    assert.deepEqual(made, []);
  });

  it("forgets a decision with the pair that it was about", async (t) => {
    const { failOver } = await running(t);
    failOver.outOf("a", ["c1", "c2"], () => "c1");
    failOver.outOf("a", ["c1", "c2", "c3"], nobody);
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), undefined);
  });

  it("makes a Lease for the node of each chassis, which names the others of all its pairs", async (t) => {
    const { failOver, made, clock } = await running(t);
    failOver.outOf("a", ["c1", "c2"], nobody);
    failOver.outOf("b", ["c3", "c1"], nobody);
    failOver.outOf("c", ["c3", "by-hand"], nobody);
    await clock.advance(100);
    assert.deepEqual(made.slice(0, 3), [
      "ovn4nfv-gateway-n1: c2,c3",
      "ovn4nfv-gateway-n2: c1",
      "ovn4nfv-gateway-n3: by-hand,c1",
    ]);
    assert.equal(failOver.seesChassis, false);
  });
});
