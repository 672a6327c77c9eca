// `npm run soak -- upgrade`: from the release before to this one and back, in both orders, while pods come and go.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { type Release, storeSkew } from "#tools/docs/skew.ts";
import { root } from "#tools/source-files.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { Churn } from "#test/day/churn.ts";
import { KubeletStandIn } from "#test/fakes/kube/kubelet-stand-in.ts";
import { chooseSeed, seededRandom } from "#test/fakes/seeded-random.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { runCheck } from "#test/stacks/controller-process.ts";
import { releaseBefore } from "#test/upgrade/release-before.ts";
import { RolledCluster, type RolledPart } from "#test/upgrade/rolled-cluster.ts";

const node = "worker";
const newer = join(root, "src/main.ts");
/** The time for which both releases run beside each other, before the next part follows. */
const besideMs = 15_000;

const steps: readonly (readonly [to: "newer" | "older", first: RolledPart])[] = [
  ["newer", "webhook"],
  ["older", "webhook"],
  ["newer", "controller"],
  ["older", "controller"],
];

describe("webhook and controller of the release before and of this one", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, () => {
  const owned = new AsyncDisposableStack();
  const stop = new AbortController();
  let stack: AdmissionStack;
  let cluster: RolledCluster;
  let churn: Churn;
  let running: Promise<void>;
  let older: string;
  before(async () => {
    older = await releaseBefore();
    stack = owned.use(await AdmissionStack.start({ replicas: 2, program: [older] }));
    await stack.addSwitch("blue", "10.64.0.0/21");
    await stack.addSwitch("green", "10.72.0.0/21,fd72::/64");
    await stack.plane.kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: node } }]);
    owned.use(new KubeletStandIn({ client: stack.client, node }));
    cluster = owned.use(new RolledCluster(stack));
    await cluster.startControllers(older);
    churn = new Churn({ stack, node, pods: 150, perSecond: 5, random: seededRandom(chooseSeed()) });
    running = churn.run(stop.signal);
    await until(() => churn.living.length >= 150, 120_000);
  });
  after(() => owned.disposeAsync());

  for (const [to, first] of steps) {
    it(`take each other's place, to the ${to} one, the ${first} first, and no create fails`, async () => {
      const program = to === "newer" ? newer : older;
      let passed = false;
      try {
        churn.take();
        await cluster.roll(first, program);
        await systemClock.sleep(besideMs);
        await cluster.roll(first === "webhook" ? "controller" : "webhook", program);
        await systemClock.sleep(besideMs);
        const { created, deleted, failed } = churn.take();
        assert.deepEqual([...failed], []);
        assert.ok(created > 100 && deleted > 100, `${created} created, ${deleted} deleted`);
        passed = true;
      } finally {
        storeSkew(mixed(to, first, passed));
      }
    });
  }

  it("have lost nothing and left nothing behind, as the newer check says", async () => {
    await cluster.roll("controller", newer);
    stop.abort();
    await running;
    const told: string[] = [];
    await until(async () => {
      const { code, stdout } = await runCheck(stack);
      told.push(stdout);
      return code === 0;
    }, 120_000).catch((error: unknown) => assert.fail(`${String(error)}\n${told.at(-1) ?? ""}`));
    const { pods } = await stack.assertInvariants({ leaseMs: 3_000 });
    assert.deepEqual(
      pods.map(({ metadata: { name } }) => name).sort(),
      churn.living.map(({ metadata: { name } }) => name).sort(),
    );
  });
});

/** The releases that ran beside each other in the middle of a step. */
function mixed(to: "newer" | "older", first: RolledPart, passed: boolean) {
  const [next, last]: readonly [Release, Release] = to === "newer" ? ["this", "before"] : ["before", "this"];
  const [webhook, controller] = first === "webhook" ? [next, last] : [last, next];
  const date = new Date(systemClock.now()).toISOString().slice(0, 10);
  return {
    webhook,
    controller,
    what: "pods created, bound, deleted and released, while the parts were exchanged",
    passed,
    date,
  };
}
