import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";

const { result, token, allocation, finalizer, multusNetworks } = annotationKeys;

describe("a pod with a request, through the real API server", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  before(async () => {
    stack = await AdmissionStack.start();
    await stack.addSwitch("blue", "10.1.0.0/24,fd01::/64");
    await stack.addSwitch("green", "10.2.0.0/24");
  });
  after(() => stack[Symbol.asyncDispose]());

  const kubectl = (args: readonly string[], pod: object) =>
    stack.plane.kubectl.run(args, { input: JSON.stringify(pod) });
  const getPod = async (name: string) => (await stack.plane.kubectl.get(["pod", name])) as KubeObject;
  const resultOf = ({ metadata }: KubeObject) => parseResult(metadata.annotations?.[result.key] ?? "");
  const portCount = async () => (await stack.world()).nb.ports.length;

  it("is stored with addresses, token, label, finalizer and our element for Multus", async () => {
    const asked = podManifest({
      name: "bare",
      annotations: request({ name: "blue", interface: "net7" }, { name: "green" }),
    });
    const { code, stderr } = await kubectl(["apply", "-f", "-"], asked);
    assert.equal(code, 0, stderr);
    const { metadata } = await getPod("bare");
    const [blue, green] = resultOf(await getPod("bare"));
    assert.deepEqual([blue?.interface, green?.interface], ["net7", "net1"]);
    assert.match(blue?.ip_address.join() ?? "", /^10\.1\.0\.\d+\/24,fd01::[0-9a-f]+\/64$/);
    assert.match(green?.ip_address.join() ?? "", /^10\.2\.0\.\d+\/24$/);
    assert.match(metadata.labels?.[allocation.key] ?? "", /^[0-9A-HJKMNP-TV-Z]{26}$/);
    assert.match(metadata.annotations?.[token.key] ?? "", /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.deepEqual(metadata.finalizers, [finalizer.key]);
    const selection = JSON.parse(metadata.annotations?.[multusNetworks.key] ?? "") as unknown;
    assert.deepEqual(selection, [{ name: "ovn4nfv", namespace: "kube-system", interface: "net7" }]);
    await stack.assertInvariants();
  });

  it("of a Deployment of 20, named by the API server only later, gets addresses of its own", async () => {
    const labels = { app: "web" };
    const { metadata, spec } = podManifest({ labels, annotations: request({ name: "blue" }) }) as KubeObject;
    const template = { metadata: { labels, annotations: metadata.annotations }, spec };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { replicas: 20, selector: { matchLabels: labels }, template },
    };
    await stack.plane.kubectl.apply([deployment]);
    await stack.plane.kubectl.must([
      "wait",
      "deployment/web",
      "--for=jsonpath={.status.replicas}=20",
      "--timeout=120s",
    ]);
    const { pods, nb } = await stack.assertInvariants();
    const web = pods.filter((pod) => pod.metadata.labels?.["app"] === "web");
    const addresses = new Set(web.flatMap((pod) => resultOf(pod).flatMap(({ ip_address }) => ip_address)));
    assert.deepEqual([web.length, addresses.size], [20, 40]);
    const held = web.map((pod) => pod.metadata.labels?.[allocation.key] ?? "");
    for (const id of held) assert.equal(nb.ports.filter(({ name }) => name.startsWith(id)).length, 1);
  });

  it("in a server-side dry run is shown with the token dry-run, and writes nothing to NB", async () => {
    const before = await portCount();
    const asked = podManifest({ name: "tried", annotations: request({ name: "blue" }) });
    const { code, stdout, stderr } = await kubectl(["apply", "--dry-run=server", "-o", "json", "-f", "-"], asked);
    assert.equal(code, 0, stderr);
    const shown = JSON.parse(stdout) as KubeObject;
    assert.equal(shown.metadata.annotations?.[token.key], "dry-run");
    assert.match(resultOf(shown)[0]?.ip_address.join() ?? "", /^10\.1\.0\./);
    assert.equal(await portCount(), before);
  });

  it("copied from one that has addresses gets its own, with a warning", async () => {
    const copied = await getPod("bare");
    const { annotations, labels, finalizers } = copied.metadata;
    const copy = { ...copied, metadata: { name: "copy", annotations, labels, finalizers } };
    const { code, stderr } = await kubectl(["apply", "-f", "-"], copy);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Warning: the result of another pod was replaced: this pod has addresses of its own/);
    const [own] = resultOf(await getPod("copy"));
    assert.notDeepEqual(own?.ip_address, resultOf(copied)[0]?.ip_address);
    await stack.assertInvariants();
  });

  const marks = {
    result: { annotations: { [result.key]: "[]" } },
    token: { annotations: { [token.key]: "forged" } },
    label: { labels: { [allocation.key]: "01JD3Z8K2M7Q4V9W5X6Y7ZABCD" } },
    finalizer: { finalizers: [finalizer.key] },
  };
  for (const [mark, metadata] of Object.entries(marks)) {
    it(`with a ${mark} but no request loses it, with a warning, and writes nothing to NB`, async () => {
      const before = await portCount();
      const { code, stderr } = await kubectl(["apply", "-f", "-"], podManifest({ name: `only-${mark}`, ...metadata }));
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Warning: removed without a request in k8s\.plugin\.opnfv\.org\/nfn-network: /);
      const stored = await getPod(`only-${mark}`);
      const { annotations = {}, labels = {}, finalizers = [] } = stored.metadata;
      const keys = [...Object.keys(annotations), ...Object.keys(labels), ...finalizers];
      // kubectl's own annotation quotes what was applied.
      assert.deepEqual(
        keys.filter((key) => key.startsWith("k8s.plugin.opnfv.org/")),
        [],
      );
      assert.equal(await portCount(), before);
    });
  }

  it("is left alone in an excluded namespace", async () => {
    const asked = podManifest({ name: "system", namespace: "kube-system", annotations: request({ name: "nowhere" }) });
    await stack.plane.kubectl.must([
      "wait",
      "--for=create",
      "serviceaccount/default",
      "-n",
      "kube-system",
      "--timeout=90s",
    ]);
    const { code, stderr } = await kubectl(["create", "-f", "-"], asked);
    assert.equal(code, 0, stderr);
    const stored = (await stack.plane.kubectl.get(["pod", "system", "-n", "kube-system"])) as KubeObject;
    assert.equal(stored.metadata.annotations?.[result.key], undefined);
    await stack.plane.kubectl.must(["delete", "pod", "system", "-n", "kube-system", "--wait=false"]);
  });
});

describe("where pods are attached by a chained plugin", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  before(async () => {
    stack = await AdmissionStack.start({ flags: { attach: "chained" } });
    await stack.addSwitch("blue", "10.1.0.0/24");
  });
  after(() => stack[Symbol.asyncDispose]());

  it("a pod gets addresses, and nothing for Multus", async () => {
    const { metadata } = await stack.create(podManifest({ name: "web", annotations: request({ name: "blue" }) }));
    const { annotations = {}, labels = {}, finalizers = [] } = metadata;
    const [blue] = parseResult(annotations[result.key] ?? "");
    assert.match(blue?.ip_address.join() ?? "", /^10\.1\.0\.\d+\/24$/);
    assert.equal(annotations[multusNetworks.key], undefined);
    assert.ok(Object.hasOwn(annotations, token.key) && Object.hasOwn(labels, allocation.key));
    assert.deepEqual(finalizers, [finalizer.key]);
    await stack.assertInvariants();
  });
});
