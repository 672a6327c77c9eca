// test/e2e/networks/fail-over.test.ts and test/soak/fail-over.test.ts have chassis, databases and agents.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { FailOver, type FailOverOptions } from "#src/controllers/fail-over/fail-over.ts";
import { gatewayLeaseName, tunnelsAnnotation } from "#src/api/node/gateway-lease.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

async function running(t: TestContext, more: Partial<Pick<FailOverOptions, "sb" | "logger">> = {}) {
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
    chassis: {
      nodeOf: (chassis) => (chassis.startsWith("c") ? `n${chassis.slice(1)}` : undefined),
      disputed: () => [],
    },
    events: { record: () => undefined },
    clock,
    logger: silentLogger,
    metrics,
    ...more,
  });
  await runDuring(t, (signal) => failOver.run(signal));
  client.watch.bookmark("1", true);
  await settled();
  const out = async (): Promise<string> =>
    /^ovn4nfv_gateway_members_out (\d)$/m.exec(await metrics.registry.metrics())?.[1] ?? "";
  return { failOver, made, clock, client, out };
}

/** The Lease as the agent of the node renews it, with its tunnels up. */
function gatewayLease(node: string, second: number): object {
  const name = gatewayLeaseName(node);
  const annotations = { [tunnelsAnnotation]: '{"c1":"up","c2":"up"}' };
  const metadata = {
    name,
    namespace: "ovn4nfv-system",
    uid: name,
    resourceVersion: (second + 2).toString(),
    annotations,
  };
  const renewTime = `2026-01-01T00:00:${second.toString().padStart(2, "0")}.000000Z`;
  return { metadata, spec: { renewTime } };
}

const nobody = { inNb: () => undefined };
const hasOut = (out: string) => ({ inNb: () => out });

describe("FailOver", () => {
  it("keeps the member out that NB has out, since another leader has decided it, and counts it", async (t) => {
    const { failOver, out } = await running(t);
    assert.equal(failOver.outOf("a", ["c1", "c2"], hasOut("c1")), "c1");
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), "c1", "NB is read once");
    assert.equal(await out(), "1");
    failOver.forget("a");
    assert.equal(await out(), "0");
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), undefined);
  });

  it("has no word on other gateways than pairs: BFD decides among three, and one has no other", async (t) => {
    const { failOver, made, clock } = await running(t);
    for (const chassis of [[], ["c1"], ["c1", "c2", "c3"]]) {
      assert.equal(failOver.outOf("a", chassis, { inNb: () => assert.fail("NB is not asked") }), undefined);
    }
    await clock.advance(10_000);
    assert.deepEqual(made, []);
  });

  it("forgets a decision with the pair that it was about", async (t) => {
    const { failOver } = await running(t);
    failOver.outOf("a", ["c1", "c2"], hasOut("c1"));
    failOver.outOf("a", ["c1", "c2", "c3"], nobody);
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), undefined);
  });

  it("keeps the member out whose wire comes and goes, and forgets it when it is no gateway any more", async (t) => {
    const { failOver, out } = await running(t);
    failOver.outOf("a", ["c1", "c2"], hasOut("c2"));
    assert.equal(failOver.outOf("a", ["c1"], { ...nobody, absent: ["c2"] }), "c2", "NB keeps that it is out");
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), "c2");
    assert.equal(failOver.outOf("a", ["c2"], { ...nobody, absent: ["c1"] }), undefined, "the survivor is gone");
    assert.equal(await out(), "0");
    failOver.outOf("b", ["c1", "c2"], hasOut("c2"));
    assert.equal(failOver.outOf("b", ["c1"], nobody), undefined, "its node is not selected");
    assert.equal(failOver.outOf("b", ["c1", "c2"], nobody), undefined);
  });

  it("finds in NB that a member is out whose wire is not ready when another leader comes", async (t) => {
    const { failOver, out } = await running(t);
    assert.equal(failOver.outOf("a", ["c1"], { ...hasOut("c2"), absent: ["c2", "c3"] }), "c2");
    assert.equal(await out(), "1");
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), "c2", "it is not back because its wire is");
    assert.equal(failOver.outOf("b", ["c1"], { ...nobody, absent: ["c2"] }), undefined);
  });

  it("lets a member back in that is heard again, also where nobody can be asked any more", async (t) => {
    const { failOver, clock, client } = await running(t);
    failOver.outOf("a", ["c1", "c2"], hasOut("c2"));
    const changed: string[] = [];
    failOver.onChange((scope) => changed.push(scope));
    for (let second = 0; second <= 12; second += 2) {
      for (const node of ["n1", "n2"]) client.watch.send("MODIFIED", gatewayLease(node, second));
      await settled();
      await clock.advance(2_000);
    }
    assert.deepEqual(changed, ["a"]);
    assert.equal(failOver.outOf("a", ["c1", "c2"], nobody), undefined);
  });

  it("goes on without the Southbound database when its address is malformed, and says what to write", async (t) => {
    const said: unknown[] = [];
    const logger = { ...silentLogger, error: (...words: unknown[]) => said.push(words) };
    const sb = { endpoints: ["192.0.2.1:6642"], leader: "any" } as const;
    const { failOver } = await running(t, { sb, logger });
    assert.equal(failOver.seesChassis, false);
    assert.match(JSON.stringify(said), /write --sb \(OVN4NFV_SB\) as tcp:ADDRESS:PORT/);
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
