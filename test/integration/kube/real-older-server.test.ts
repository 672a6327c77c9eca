// An API server like older ones: without WatchList, and with a watch cache that does not reach back to every
// resourceVersion.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { isGone, isInvalid } from "#src/kube/client/api-error.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { watchCollection, type WatchRequest } from "#src/kube/informer/watch.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

describe("an API server without WatchList", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("older");
  let plane: ControlPlane;
  let client: HttpsApiClient;

  before(async () => {
    plane = await ControlPlane.start({ folder: folder.path, apiServerFlags: { "feature-gates": "WatchList=false" } });
    const config = loadKubeConfig({ path: plane.adminKubeconfig });
    client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
  });
  after(async () => {
    client.close();
    await plane.stop();
    folder.remove();
  });

  async function firstEvent(change: Partial<WatchRequest>): Promise<unknown> {
    const request = {
      resource: resources.namespaces,
      resourceVersion: "",
      sendInitialEvents: false,
      timeoutSeconds: 5,
    };
    const stop = new AbortController();
    for await (const event of watchCollection(
      client,
      { ...request, ...change },
      { clock: systemClock, signal: stop.signal },
    ))
      return event;
    return undefined;
  }

  it("refuses initial events in the way that makes us list", async () => {
    await assert.rejects(firstEvent({ sendInitialEvents: true }), (error) => isInvalid(error));
  });

  it("answers Gone to a resourceVersion that it no longer has", async () => {
    await plane.part("kube-apiserver").restart();
    await assert.rejects(firstEvent({ resourceVersion: "1" }), (error) => isGone(error));
  });

  for (const firstList of ["cached", "paged"] as const) {
    it(`feeds an informer by a ${firstList} list and a watch from there`, async () => {
      const metrics = createMetrics();
      const informer = new Informer({
        name: "namespaces",
        client,
        resource: resources.namespaces,
        clock: systemClock,
        logger: silentLogger,
        metrics,
        firstList,
        project: (raw) => raw.metadata.name,
        indexers: {},
      });
      const stop = new AbortController();
      const done = informer.run(stop.signal);
      const deadlineMs = systemClock.monotonicMs() + 60_000;
      await informer.whenSynced({ deadlineMs });
      assert.equal(informer.get("kube-system"), "kube-system");
      const name = `made-later-${firstList}`;
      const seen = Promise.withResolvers<string>();
      informer.addHandler({
        added(added) {
          if (added === name) seen.resolve(added);
        },
      });
      await new ResourceApi(client, resources.namespaces).create(undefined, { metadata: { name } });
      assert.equal(await seen.promise, name);
      const relists = await metrics.registry.getSingleMetric("ovn4nfv_kube_watch_relists_total")?.get();
      assert.deepEqual(
        relists?.values.map((one) => one.value),
        [1],
      );
      stop.abort();
      await done;
    });
  }

  it("takes a server-side apply twice with the same result", async () => {
    const leases = new ResourceApi(client, resources.leases);
    const target = { namespace: "default", name: "applied" };
    const body = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: target,
      spec: { holderIdentity: "me" },
    };
    const first = await leases.patch(target, "apply", body, { fieldManager: "ovn4nfv", force: true });
    const second = await leases.patch(target, "apply", body, { fieldManager: "ovn4nfv", force: true });
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });
});
