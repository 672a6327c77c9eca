// Lease and Events against a real API server: its validation, its conflicts, its answers.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { EventRecorder } from "#src/kube/events/events.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { LeaderElection } from "#src/kube/lease/lease.ts";
import { readLease } from "#src/kube/lease/lease-record.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

/** With these limits a leader does not lose its Lease because the API server is busy. */
const timings = { leaseDurationMs: 15_000, renewDeadlineMs: 12_000, retryPeriodMs: 200 };

describe("coordination through a real API server", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("coordination");
  let plane: ControlPlane;
  const clients: HttpsApiClient[] = [];

  function connect(kubeconfig: string): HttpsApiClient {
    const config = loadKubeConfig({ path: kubeconfig });
    const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
    clients.push(client);
    return client;
  }

  before(async () => {
    plane = await ControlPlane.start({ folder: folder.path });
  });
  after(async () => {
    for (const client of clients) client.close();
    await plane.stop();
    folder.remove();
  });

  function elect(identity: string) {
    const client = connect(plane.adminKubeconfig);
    const election = new LeaderElection({
      client,
      namespace: "kube-system",
      name: "test-leader",
      identity,
      timings,
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics(),
    });
    const stop = new AbortController();
    const leads = Promise.withResolvers<number>();
    const outcome = election.run(
      (signal) =>
        new Promise((resolve) => {
          leads.resolve(systemClock.monotonicMs());
          signal.addEventListener("abort", () => {
            resolve();
          });
        }),
      stop.signal,
    );
    return { client, election, stop, leads: leads.promise, outcome };
  }

  it("hands the lead over at a stop, and after the lease's duration when the leader is cut off", async () => {
    const leases = new ResourceApi(connect(plane.adminKubeconfig), resources.leases);
    const a = elect("a");
    await a.leads;
    const b = elect("b");
    a.stop.abort();
    assert.equal(await a.outcome, "stopped");
    await b.leads;
    const c = elect("c");
    const cutAtMs = systemClock.monotonicMs();
    b.client.request = () => Promise.reject(new TypeError("cut off"));
    assert.equal(await b.outcome, "lost");
    assert.equal(c.election.isLeader, false, "not before the old leader has stopped");
    const tookMs = (await c.leads) - cutAtMs;
    assert.ok(tookMs <= 3 * timings.leaseDurationMs, `fail-over took ${tookMs} ms`);
    const record = readLease(await leases.get({ namespace: "kube-system", name: "test-leader" }));
    assert.equal(record.holder, "c");
    assert.equal(record.transitions, 2);
    c.stop.abort();
    assert.equal(await c.outcome, "stopped");
    assert.equal(readLease(await leases.get({ namespace: "kube-system", name: "test-leader" })).holder, "");
  });

  it("shows one Event with a count in kubectl describe", async () => {
    const client = connect(plane.adminKubeconfig);
    const made = await new ResourceApi(client, resources.pods).create("default", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web-1" },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    const recorder = new EventRecorder({
      client,
      component: "ovn4nfv-controller",
      instance: "test",
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics(),
    });
    const subject = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web-1", uid: made.metadata.uid };
    for (let n = 1; n <= 3; n += 1) {
      recorder.record({ subject, type: "Warning", reason: "AddressInUse", message: `try ${n}` });
    }
    await recorder.close({ deadlineMs: systemClock.monotonicMs() + 30_000 });
    const described = await plane.kubectl.must(["describe", "pod", "web-1"]);
    assert.match(described, /Warning\s+AddressInUse\s+.*x3.*ovn4nfv-controller\s+try 3/);
    assert.equal(described.match(/AddressInUse/g)?.length, 1);
  });

  it("answers a user without rights that the call is forbidden", async () => {
    const client = connect(await plane.createUser({ commonName: "jane", organizations: ["dev"] }));
    await assert.rejects(new ResourceApi(client, resources.pods).list({}), (error) => {
      assert.equal(apiErrorDetails(error)?.reason, "Forbidden");
      return true;
    });
  });
});
