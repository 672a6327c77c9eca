// Bursts of creates through two replicas behind one address, while something happens to a replica.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { systemClock } from "#src/core/clock.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import type { WebhookProcess } from "#lab/webhook/webhook-process.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { type BurstOptions, burst, failed, tellErrors } from "#test/stacks/burst.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";

const concurrency = 16;

describe("two webhook replicas", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  before(async () => {
    stack = await AdmissionStack.start({ replicas: 2 });
    await stack.addSwitch("blue", "10.64.0.0/16,fd01::/64");
    await stack.addSwitch("green", "10.65.0.0/16");
  });
  after(() => stack[Symbol.asyncDispose]());

  const createPods = (name: string, options: Omit<BurstOptions, "concurrency">) =>
    burst({ concurrency, ...options }, (n) =>
      stack.create(podManifest({ name: `${name}-${n}`, annotations: request({ name: "blue" }, { name: "green" }) })),
    );

  const served = async (replica: WebhookProcess): Promise<number> => {
    const samples = await replica.metric("ovn4nfv_admission_requests_total");
    return [...samples.values()].reduce((sum, value) => sum + value, 0);
  };

  it("share a burst of 500 creates: no duplicate, and NB equals the annotations", async () => {
    const before = await Promise.all(stack.replicas.map(served));
    const outcomes = await createPods("burst", { count: 500 });
    assert.equal(tellErrors(outcomes), "");
    const { pods, nb } = await stack.assertInvariants();
    assert.deepEqual([pods.length, nb.ports.length], [500, 1_000]);
    const after = await Promise.all(stack.replicas.map(served));
    for (const [index, count] of after.entries()) assert.ok(count > (before[index] ?? 0), `replica ${index} was idle`);
  });

  it("lose no create when the certificate is renewed in the middle of a burst", async () => {
    const renew = async (): Promise<void> => {
      const { fingerprint256 } = new X509Certificate(await stack.renewCertificate());
      await Promise.all(stack.replicas.map((replica) => replica.logged(new RegExp(fingerprint256))));
      for (const { admissionPort } of stack.replicas) {
        assert.equal(await servedFingerprint(admissionPort, stack.authority.cert), fingerprint256);
      }
    };
    const outcomes = await createPods("renewed", { count: 200, after: { 60: renew } });
    assert.equal(tellErrors(outcomes), "");
    await stack.assertInvariants();
  });

  it("lose no create when one is told to end in the middle of a burst", async () => {
    const leaving = await stack.addReplica("leaving");
    // Without this the connections that the API server keeps would stay with the other replicas.
    await stack.balancer.cut();
    const end = async (): Promise<void> => {
      assert.ok((await served(leaving)) > 0);
      leaving.process.signal("SIGTERM");
      const ended = leaving.process.exited();
      await leaving.logged(/"webhook draining"/);
      // The endpoint controller does this when a replica is not ready any more.
      stack.balancer.remove(leaving.admissionPort);
      assert.deepEqual(await ended, { code: 0, signal: null });
    };
    const outcomes = await createPods("drained", { count: 400, after: { 100: end } });
    assert.equal(tellErrors(outcomes), "");
    assert.ok((await stack.assertInvariants()).pods.length >= 400);
  });

  it("with one killed in the middle of a burst lose only what it was serving, and never an address", async () => {
    const [, victim] = stack.replicas;
    assert.ok(victim !== undefined);
    let killedMs = 0;
    let goneMs = 0;
    const before = await served(victim);
    const kill = async (): Promise<void> => {
      assert.ok((await served(victim)) > before);
      killedMs = systemClock.monotonicMs();
      await victim.process.kill();
      goneMs = systemClock.monotonicMs();
    };
    const outcomes = await createPods("killed", { count: 400, after: { 150: kill } });
    const lost = failed(outcomes);
    assert.ok(lost.length <= concurrency, tellErrors(outcomes));
    for (const { startedMs, endedMs, error } of lost) {
      assert.match(apiErrorDetails(error)?.message ?? String(error), /failed calling webhook/);
      assert.ok(startedMs <= goneMs + raceMs && endedMs >= killedMs, "was in flight when the replica was killed");
    }
    const { pods } = await stack.assertInvariants();
    const stored = pods.filter(({ metadata }) => metadata.name.startsWith("killed-"));
    assert.equal(stored.length, 400 - lost.length);
    const replaced = await createPods("again", { count: 50 });
    assert.equal(tellErrors(replaced), "", "the rest is served by the other");
  });
});

async function servedFingerprint(port: number, ca: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ca });
  await once(socket, "secureConnect", { signal: AbortSignal.timeout(60_000) });
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** The API server may write to a connection whose end has not reached it yet. */
const raceMs = 1_000;
