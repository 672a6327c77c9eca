import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

describe("annotations that are almost ours", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let plane: ControlPlane;
  before(async () => {
    const { path: folder } = owned.use(createTemporaryFolder("near-misses"));
    plane = owned.use(await ControlPlane.start({ folder }));
    await plane.administrator.apply(readManifests("deploy/base/warnings.yaml"));
    // The API server uses a new policy some moments later.
    await until(async () =>
      (await warnings(pod({ "k8s.plugin.opnfv.org/probe": "" }))).includes("k8s.plugin.opnfv.org/probe"),
    );
  });
  after(() => owned.disposeAsync());

  const pod = (annotations: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> = {}) =>
    podManifest({ name: "probe", annotations, labels });

  /** Gives the text that kubectl prints beside its result, when it applies the object in a dry run. */
  async function warnings(object: object): Promise<string> {
    const input = JSON.stringify(object);
    const { code, stderr } = await plane.kubectl.run(["create", "--dry-run=server", "-f", "-"], { input });
    assert.equal(code, 0, stderr);
    return stderr;
  }

  function deployment(template: object, annotations: object = {}): object {
    const { spec } = pod({}) as { readonly spec: object };
    const labels = { app: "web" };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "default", annotations },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels, ...template }, spec } },
    };
  }

  const meant =
    /Warning: .*does not know the annotation (\S+), so it has no effect.*k8s\.plugin\.opnfv\.org\/nfn-network/;

  for (const key of [
    "k8s.plugin.opnfv.org/nfn-networks",
    "k8s.plugin.opnfv.org/networks",
    "k8s.opnfv.org/nfn-network",
    "ovnnetwork",
    "ovnNetworks",
  ]) {
    it(`are warned of on a pod and on a template: ${key}`, async () => {
      assert.equal(meant.exec(await warnings(pod({ [key]: "[]" })))?.[1], key);
      assert.equal(meant.exec(await warnings(deployment({ annotations: { [key]: "[]" } })))?.[1], key);
    });
  }

  it("are ours, or somebody else's, when nothing is said", async () => {
    const annotations = {
      ...request({ name: "blue" }),
      ovnNetwork: "[]",
      ovnNetworkRoutes: "[]",
      "example.org/note": "1",
    };
    assert.equal(await warnings(pod(annotations, { app: "web" })), "");
    assert.equal(await warnings(deployment({ annotations })), "");
    assert.equal(await warnings(deployment({})), "");
  });

  it("are warned of as a label, and on a workload instead of its template", async () => {
    assert.match(await warnings(pod({}, { "k8s.plugin.opnfv.org/nfn-network": "blue" })), /does not read the label/);
    assert.match(
      await warnings(deployment({}, request({ name: "blue" }))),
      /on the workload itself, where it has no effect/,
    );
    const both = request({ name: "blue" });
    assert.equal(await warnings(deployment({ annotations: both }, both)), "");
  });

  it("are warned of in the template of a CronJob", async () => {
    const { spec } = pod({}) as { readonly spec: object };
    const template = { metadata: { annotations: { "k8s.plugin.opnfv.org/nfn-networks": "" } }, spec };
    const job = { spec: { template: { ...template, spec: { ...spec, restartPolicy: "Never" } } } };
    const metadata = { name: "nightly", namespace: "default" };
    const cron = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata,
      spec: { schedule: "0 3 * * *", jobTemplate: job },
    };
    assert.match(await warnings(cron), meant);
  });
});
