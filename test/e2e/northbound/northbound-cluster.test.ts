// NB is a RAFT cluster of three. Its members die, are cut off and come back while pods are being created.
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { type ClusterMember, type OvsdbCluster, startOvsdbCluster } from "#lab/ovn/ovsdb-cluster.ts";
import { dropConnections } from "#lab/ovn/ovsdb-server.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, failed, type Outcome, tellErrors } from "#test/stacks/burst.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const count = 200;
const concurrency = 16;
/** The number of creates that have ended when the fault comes. */
const undisturbed = 60;

interface Trouble {
  /** The name of the fault, and the prefix of its pods. */
  readonly name: string;
  readonly fault: () => Promise<void>;
  /** The creates that may be refused. A member that comes back makes the others vote, and nobody tells when they do. */
  readonly costs: "none" | "in flight" | "until a leader";
}

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

  /** Creates pods, and makes one fault happen on the way. */
  async function load(name: string, fault: () => Promise<void>) {
    let [fromMs, doneMs, ledMs] = [Number.NaN, Number.NaN, Number.NaN];
    const disturb = async (): Promise<void> => {
      fromMs = systemClock.monotonicMs();
      await fault();
      doneMs = systemClock.monotonicMs();
      await cluster.leader();
      ledMs = systemClock.monotonicMs();
    };
    const outcomes = await burst({ count, concurrency, after: { [undisturbed]: disturb } }, (n) =>
      stack.create(podManifest({ name: `${name}-${n}`, annotations: request({ name: "blue" }) })),
    );
    const inFlight = (untilMs: number): readonly Outcome<unknown>[] =>
      outcomes.filter(({ startedMs, endedMs }) => startedMs <= untilMs && endedMs >= fromMs);
    return { outcomes, atFault: inFlight(doneMs), inTrouble: inFlight(ledMs) };
  }

  /** The members with which the replicas have their sessions. */
  const members = (): readonly unknown[] =>
    stack.replicas.map((replica) => replica.log().findLast(({ msg }) => /is in sync/.test(msg))?.["endpoint"]);

  /** Brings the replicas back to the leader. While there was none they used another member, and they stay with it. */
  async function bringTo(leader: ClusterMember): Promise<void> {
    await until(async () => {
      if (members().every((endpoint) => endpoint === leader.endpoint)) return true;
      for (const member of cluster.members) if (member !== leader) await dropConnections(member.controlSocket);
      return false;
    });
  }

  /** Makes a fault happen under load, and checks its cost: at most as many creates are refused as are made at once. */
  async function assertCost(t: TestContext, { name, fault, costs }: Trouble): Promise<void> {
    await bringTo(await cluster.leader());
    const { outcomes, atFault, inTrouble } = await load(name, fault);
    const lost = failed(outcomes);
    const told = `${name}: ${lost.length} refused, ${atFault.length} in flight, ${inTrouble.length} until a leader`;
    t.diagnostic(told);
    assert.ok(atFault.length > 0, "the fault came under load");
    const exposed: Readonly<Record<Trouble["costs"], readonly Outcome<unknown>[]>> = {
      none: [],
      "in flight": atFault,
      "until a leader": inTrouble,
    };
    for (const outcome of lost) {
      assert.equal(apiErrorDetails(outcome.error)?.status, 503, String(outcome.error));
      assert.ok(
        exposed[costs].includes(outcome),
        `${told}; at another time pod ${outcome.number}: ${String(outcome.error)}`,
      );
    }
    assert.ok(lost.length <= concurrency, `${told}: ${tellErrors(lost)}`);
    // Each row belongs to a stored pod. The rows of refused pods are rolled back, and nobody waits for that before.
    await until(async () => {
      const { pods, nb } = await stack.world();
      return nb.ports.length === pods.filter(({ metadata }) => metadata.labels !== undefined).length;
    });
    const { pods } = await stack.assertInvariants();
    assert.equal(pods.filter(({ metadata }) => metadata.name.startsWith(`${name}-`)).length, count - lost.length);
  }

  const cut = (member: ClusterMember) => (): Promise<void> => {
    cluster.cutOff(member);
    return Promise.resolve();
  };
  const heal = (member: ClusterMember) => (): Promise<void> => cluster.heal(member);

  it("the leader killed under load costs at most the creates in flight, and never an address", async (t) => {
    const leader = await cluster.leader();
    await assertCost(t, { name: "killed", fault: () => leader.process.kill(), costs: "in flight" });
    await until(() => !members().includes(leader.endpoint));
    await assertCost(t, { name: "restarted", fault: () => leader.process.start(), costs: "until a leader" });
  });

  it("the leader cut off from the others under load costs at most the creates in flight", async (t) => {
    const leader = await cluster.leader();
    await assertCost(t, { name: "cut", fault: cut(leader), costs: "in flight" });
    await until(() => !members().includes(leader.endpoint));
    await assertCost(t, { name: "healed", fault: heal(leader), costs: "until a leader" });
  });

  it("a follower cut off under load costs no create, and when it is healed no more than were in flight", async (t) => {
    const leader = await cluster.leader();
    const follower = cluster.members.find((member) => member !== leader);
    assert.ok(follower !== undefined);
    await assertCost(t, { name: "follower-cut", fault: cut(follower), costs: "none" });
    await assertCost(t, { name: "follower-healed", fault: heal(follower), costs: "until a leader" });
  });
});
