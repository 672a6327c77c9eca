// NB goes away and comes back while pods are being created.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { dropConnections, type OvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, failed, tellErrors } from "#test/stacks/burst.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

/** The promise: pods are created again this soon after NB is back, plus the usual time of a create. */
const recoveryMs = 2_000;

const unavailable =
  /denied the request: BackendUnavailable: the OVN Northbound database .+; try again in a moment; when it lasts, look at/;

describe("without the Northbound database", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let nb: OvsdbServer;
  before(async () => {
    stack = await AdmissionStack.start({ replicas: 2 });
    await stack.addSwitch("blue", "10.64.0.0/16");
    assert.ok(stack.nbServer !== undefined);
    nb = stack.nbServer;
  });
  after(() => stack[Symbol.asyncDispose]());

  const pod = (name: string): object => podManifest({ name, annotations: request({ name: "blue" }) });
  const status = (error: unknown) => apiErrorDetails(error)?.status;

  const createMany = (name: string, deadlineMs: number) =>
    burst({ count: 16, concurrency: 16 }, (n) => stack.create(pod(`${name}-${n}`), "default", deadlineMs));
  /** The time that creates take on this machine. */
  let usualMs = 0;

  it("a create gets a 503 that says so, from us and inside the API server's timeout, and other pods are stored", async () => {
    const beganMs = systemClock.monotonicMs();
    assert.equal(tellErrors(await createMany("usual", 60_000)), "");
    usualMs = systemClock.monotonicMs() - beganMs;
    await nb.process.stop();
    const { kubectl } = stack.plane;
    const { code, stderr } = await kubectl.run(["create", "-f", "-"], { input: JSON.stringify(pod("refused")) });
    assert.equal(code, 1);
    assert.match(stderr, /^Error from server \(BackendUnavailable\): /);
    assert.match(stderr, unavailable);
    await stack.create(podManifest({ name: "no-request" }));
    for (const replica of stack.replicas) assert.ok(replica.process.running);
  });

  it(`and ${recoveryMs} ms after its return there is service again, without a restart`, async () => {
    await nb.process.start();
    const pids = stack.replicas.map(({ process }) => process.pid);
    assert.equal(tellErrors(await createMany("back", recoveryMs + 5 * usualMs)), "");
    assert.deepEqual(
      stack.replicas.map(({ process }) => process.pid),
      pids,
    );
    await stack.assertInvariants();
  });

  it("a short outage in the middle of a burst is waited out, and refuses at most the creates that it met in flight", async () => {
    let stoppedMs = 0;
    let startedMs = 0;
    const restart = async (): Promise<void> => {
      stoppedMs = systemClock.monotonicMs();
      await nb.process.kill();
      await nb.process.start();
      startedMs = systemClock.monotonicMs();
    };
    const outcomes = await burst({ count: 300, concurrency: 16, after: { 80: restart } }, (n) =>
      stack.create(pod(`short-${n}`)),
    );
    for (const lost of failed(outcomes)) {
      assert.equal(status(lost.error), 503, String(lost.error));
      assert.ok(lost.startedMs <= startedMs && lost.endedMs >= stoppedMs, "was in flight");
    }
    const { pods } = await stack.assertInvariants();
    const stored = pods.filter(({ metadata }) => metadata.name.startsWith("short-"));
    assert.equal(stored.length, 300 - failed(outcomes).length);
  });

  it("connections that break again and again cost no address and no create that came later", async () => {
    const drop = (): Promise<void> => dropConnections(nb.controlSocket);
    const outcomes = await burst(
      { count: 300, concurrency: 16, after: { 50: drop, 100: drop, 150: drop, 200: drop } },
      (n) => stack.create(pod(`dropped-${n}`)),
    );
    for (const { error } of failed(outcomes)) assert.equal(status(error), 503, String(error));
    assert.ok(failed(outcomes).length <= 4 * 16, tellErrors(outcomes));
    await stack.assertInvariants();
  });

  it("a server that is there and does not answer is a 503 too, and nothing is left of what it did later", async () => {
    nb.process.freeze();
    const outcomes = await burst({ count: 4, concurrency: 4 }, (n) => stack.create(pod(`frozen-${n}`)));
    nb.process.thaw();
    for (const { error } of outcomes) assert.equal(status(error), 503, String(error));
    const later = await burst({ count: 50, concurrency: 16 }, (n) => stack.create(pod(`thawed-${n}`)));
    assert.equal(tellErrors(later), "");
    // The rows of a refused create are rolled back, and nobody waits for that.
    await until(async () => {
      const { nb: rows, pods } = await stack.world();
      return rows.ports.length === pods.filter(({ metadata }) => metadata.labels !== undefined).length;
    });
    await stack.assertInvariants();
  });
});
