// NB as a RAFT cluster of three whose members die, are cut off and come back while pods are being created.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { apiErrorDetails } from "#src/kube/api-error.ts";
import { controlPlaneTools } from "#test/lab/control-plane.ts";
import { type ClusterMember, type OvsdbCluster, startOvsdbCluster } from "#test/lab/ovsdb-cluster.ts";
import { dropConnections } from "#test/lab/ovsdb-server.ts";
import { whyToolsAreMissing } from "#test/lab/tool-cache.ts";
import { AdmissionStack } from "./admission-stack.ts";
import { burst, failed, type Outcome } from "./burst.ts";
import { podManifest, request } from "./pod-manifest.ts";
import { until } from "./until.ts";

const count = 400;

describe("with NB as a cluster of three", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let cluster: OvsdbCluster;
  let stack: AdmissionStack;
  before(async () => {
    cluster = await startOvsdbCluster({ relayed: true });
    stack = await AdmissionStack.start({ replicas: 2, nb: cluster.endpoints });
    await stack.addSwitch("blue", "10.64.0.0/16");
  });
  after(async () => {
    await stack[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  /** Creates pods, does the faults on the way, and tells which creates met the time of trouble. */
  async function load(name: string, faults: Readonly<Record<number, () => Promise<void>>>) {
    let fromMs = Number.POSITIVE_INFINITY;
    let untilMs = Number.NEGATIVE_INFINITY;
    const after = Object.entries(faults).map(([done, fault]) => {
      const disturb = async (): Promise<void> => {
        fromMs = Math.min(fromMs, systemClock.monotonicMs());
        await fault();
        await cluster.leader();
        untilMs = systemClock.monotonicMs();
      };
      return [done, disturb] as const;
    });
    const outcomes = await burst({ count, concurrency: 16, after: Object.fromEntries(after) }, (n) =>
      stack.create(podManifest({ name: `${name}-${n}`, annotations: request({ name: "blue" }) })),
    );
    const inFlight = ({ startedMs, endedMs }: Outcome<unknown>): boolean => startedMs <= untilMs && endedMs >= fromMs;
    return { outcomes, inFlight };
  }

  /** The members that the replicas have their sessions with. */
  const members = (): readonly unknown[] =>
    stack.replicas.map((replica) => replica.log().findLast(({ msg }) => /is in sync/.test(msg))?.["endpoint"]);

  /** While there was no leader replicas made do with another member, and they stay with it. */
  async function bringTo(leader: ClusterMember): Promise<void> {
    await until(async () => {
      if (members().every((endpoint) => endpoint === leader.endpoint)) return true;
      for (const member of cluster.members) if (member !== leader) await dropConnections(member.controlSocket);
      return false;
    });
  }

  async function assertStored(name: string, { outcomes, inFlight }: Awaited<ReturnType<typeof load>>): Promise<void> {
    const lost = failed(outcomes);
    for (const outcome of lost) {
      assert.equal(apiErrorDetails(outcome.error)?.status, 503, String(outcome.error));
      assert.ok(inFlight(outcome), `pod ${outcome.number} was refused at another time: ${String(outcome.error)}`);
    }
    const { pods } = await stack.assertInvariants();
    assert.equal(pods.filter(({ metadata }) => metadata.name.startsWith(name)).length, count - lost.length);
    const labelled = pods.filter(({ metadata }) => metadata.labels !== undefined);
    // Each row is a stored pod's: what was refused is taken back, and nobody waits for that.
    await until(async () => (await stack.world()).nb.ports.length === labelled.length);
  }

  it("the leader killed under load costs at most the creates in flight, and never an address", async () => {
    const leader = await cluster.leader();
    await bringTo(leader);
    const loaded = await load("killed", { 100: () => leader.process.kill() });
    await assertStored("killed", loaded);
    await until(() => !members().includes(leader.endpoint));
    await leader.process.start();
  });

  it("the leader cut off from the others under load costs at most the creates in flight, also when it is healed", async () => {
    const leader = await cluster.leader();
    await bringTo(leader);
    const cut = async (): Promise<void> => {
      cluster.cutOff(leader);
    };
    const loaded = await load("cut", { 100: cut, 300: () => cluster.heal(leader) });
    await assertStored("cut", loaded);
    const healed = await load("healed", {});
    assert.deepEqual(failed(healed.outcomes), []);
    await assertStored("healed", healed);
  });

  it("a follower cut off and healed under load costs at most the creates that meet a new election", async () => {
    const leader = await cluster.leader();
    const follower = cluster.members.find((member) => member !== leader);
    assert.ok(follower !== undefined);
    const cut = async (): Promise<void> => {
      cluster.cutOff(follower);
    };
    await assertStored("follower", await load("follower", { 50: cut, 350: () => cluster.heal(follower) }));
  });
});
