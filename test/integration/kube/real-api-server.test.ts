import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { apiErrorDetails, isAlreadyExists, isNotFound } from "#src/kube/client/api-error.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { type KubeObject, objectKey } from "#src/kube/client/kube-object.ts";
import { PodApi } from "#src/kube/pods.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

const label = "k8s.plugin.opnfv.org/allocation";
const finalizer = "k8s.plugin.opnfv.org/addresses";
const within = (ms: number) => ({ deadlineMs: systemClock.monotonicMs() + ms });

function podBody(name: string, more: object = {}): object {
  const metadata = { name, labels: { [label]: name }, ...more };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "c", image: "i" }] } };
}

describe("a real API server", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("kube");
  let plane: ControlPlane;
  let client: HttpsApiClient;
  let pods: ResourceApi;
  let podApi: PodApi;

  before(async () => {
    plane = await ControlPlane.start({ folder: folder.path });
    const config = loadKubeConfig({ path: plane.adminKubeconfig });
    client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
    pods = new ResourceApi(client, resources.pods);
    podApi = new PodApi(client);
  });
  after(async () => {
    client.close();
    await plane.stop();
    folder.remove();
  });

  /** An informer of the labelled pods, and a function that waits until it shows something. */
  function watchPods(metrics = createMetrics()) {
    const informer = new Informer({
      name: "pods",
      client,
      resource: resources.pods,
      clock: systemClock,
      logger: silentLogger,
      metrics,
      labelSelector: label,
      project: (raw: KubeObject) => ({ key: objectKey(raw), note: raw.metadata.annotations?.["note"] }),
      indexers: { note: (one: { note: string | undefined }) => (one.note === undefined ? [] : [one.note]) },
    });
    const stop = new AbortController();
    const done = informer.run(stop.signal);
    const until = (what: string, holds: () => boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!holds()) return;
          cancel();
          removeHandler();
          resolve();
        };
        const cancel = systemClock.after(60_000, () => {
          reject(new Error(`not within 60 s: ${what}`));
        });
        const removeHandler = informer.addHandler({ added: look, updated: look, deleted: look });
        look();
      });
    return {
      informer,
      metrics,
      until,
      [Symbol.asyncDispose]: () => {
        stop.abort();
        return done;
      },
    };
  }

  it("gives more pods than a page holds, each once", async () => {
    const names = Array.from({ length: 1_050 }, (_, n) => `many-${n}`);
    await Promise.all(names.map((name) => pods.create("default", podBody(name), within(120_000))));
    const found = await podApi.listByLabel({ labelSelector: label, namespace: "default" }, (pod) => pod.metadata.name);
    assert.deepEqual([...found].sort(), [...names].sort());
  });

  it("finds one allocation's pod by its label", async () => {
    assert.deepEqual(await podApi.listByLabel({ labelSelector: `${label}=many-7` }, objectKey), ["default/many-7"]);
    assert.deepEqual(await podApi.listByLabel({ labelSelector: `${label}=nobody` }, objectKey), []);
  });

  it("removes finalizer and label in one patch, and leaves another controller's finalizer", async () => {
    const target = { namespace: "default", name: "two-finalizers" };
    const made = await pods.create("default", podBody(target.name, { finalizers: [finalizer, "example.com/other"] }));
    const change = { uid: made.metadata.uid, finalizer, labels: [label] };
    assert.equal(await podApi.removeFinalizer(target, change), "patched");
    const now = await pods.get(target);
    assert.deepEqual(now.metadata.finalizers, ["example.com/other"]);
    assert.equal(now.metadata.labels, undefined);
    assert.equal(await podApi.removeFinalizer(target, change), "patched", "a second time is harmless");
    assert.equal(await podApi.addFinalizer(target, change), "patched");
    assert.deepEqual((await pods.get(target)).metadata.finalizers?.toSorted(), [finalizer, "example.com/other"].sort());
  });

  it("never touches the pod that was re-created under the same name", async () => {
    const target = { namespace: "default", name: "again" };
    await pods.create("default", podBody(target.name, { finalizers: [finalizer] }));
    const outcome = await podApi.removeFinalizer(target, {
      uid: "00000000-0000-0000-0000-000000000000",
      finalizer,
      labels: [label],
    });
    assert.equal(outcome, "gone");
    assert.deepEqual((await pods.get(target)).metadata.finalizers, [finalizer]);
    assert.equal(await podApi.get({ ...target, uid: "another" }), undefined);
  });

  it("lets the last finalizer's removal end a deleted pod", async () => {
    const target = { namespace: "default", name: "again" };
    const { uid } = (await pods.get(target)).metadata;
    await pods.delete(target, { uid });
    assert.notEqual((await pods.get(target)).metadata.deletionTimestamp, undefined);
    assert.equal(await podApi.removeFinalizer(target, { uid, finalizer }), "patched");
    assert.equal(await podApi.get(target), undefined);
    assert.equal(await podApi.removeFinalizer(target, { uid, finalizer }), "gone");
  });

  it("refuses a delete whose uid is not the pod's", async () => {
    await assert.rejects(pods.delete({ namespace: "default", name: "many-0" }, { uid: "other" }), (error) => {
      assert.equal(apiErrorDetails(error)?.status, 409);
      return true;
    });
  });

  it("distinguishes NotFound and AlreadyExists", async () => {
    await assert.rejects(pods.get({ namespace: "default", name: "nobody" }), (error) => isNotFound(error));
    await assert.rejects(pods.create("default", podBody("many-0")), (error) => isAlreadyExists(error));
  });

  it("streams the first read and then the changes to an informer", async () => {
    await using watched = watchPods();
    const { informer, metrics, until } = watched;
    await informer.whenSynced(within(60_000));
    const listed = await podApi.listByLabel({ labelSelector: label }, objectKey);
    assert.deepEqual([...informer.values()].map((one) => one.key).sort(), [...listed].sort());
    await pods.patch({ namespace: "default", name: "many-1" }, "merge", { metadata: { annotations: { note: "hi" } } });
    await until("the note", () => informer.byIndex("note", "hi").length === 1);
    await pods.delete({ namespace: "default", name: "many-2" });
    await until("the delete", () => informer.get("default/many-2") === undefined);
    const relists = await metrics.registry.getSingleMetric("ovn4nfv_kube_watch_relists_total")?.get();
    assert.deepEqual(
      relists?.values.map((one) => one.value),
      [1],
    );
  });

  it("survives a restart of the API server without a new read", async () => {
    // A server that wrote something before it began to remember changes asks for a new read, which is not the informer's doing.
    for (const name of ["many-3", "many-4", "many-5", "many-6", "many-8", "many-9"]) {
      const reasons = await readsOverRestart(name);
      if (reasons.length === 1) return;
      assert.deepEqual(reasons, ["start", "expired"]);
    }
    assert.fail("each of six restarts made the informer read everything again");
  });

  /** Deletes a pod behind a restart of the API server, and gives the reasons of all reads of an informer. */
  async function readsOverRestart(name: string): Promise<readonly unknown[]> {
    await using watched = watchPods();
    const { informer, metrics, until } = watched;
    await informer.whenSynced(within(60_000));
    await plane.part("kube-apiserver").restart();
    await pods.delete({ namespace: "default", name });
    await until("the delete", () => informer.get(`default/${name}`) === undefined);
    const relists = await metrics.registry.getSingleMetric("ovn4nfv_kube_watch_relists_total")?.get();
    return relists?.values.map((one) => one.labels["reason"]) ?? [];
  }
});
