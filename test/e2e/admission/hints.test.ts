// The API server itself answers pods for which the webhook is not called.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";

const { multusNetworks, multusNamespace } = annotationKeys;
const optedIn = { [multusNamespace.key]: multusNamespace.value };
const ours = { type: "ovn4nfvk8s-cni", "nfn-network": "blue" };
const cure =
  /it would hang.*nfn-network.*kubectl label namespace default k8s\.plugin\.opnfv\.org\/multus-pods=enabled/s;

describe("pods that the webhook is not called for", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  before(async () => {
    stack = await AdmissionStack.start();
    await stack.addSwitch("blue", "10.1.0.0/24");
    const { administrator, kubectl } = stack.plane;
    await kubectl.apply([
      networkAttachmentDefinitionCrd,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: optedIn } },
    ]);
    await administrator.established(networkAttachmentDefinitionCrd.metadata.name);
    await kubectl.must(["wait", "--for=create", "serviceaccount/default", "-n", "shop", "--timeout=90s"]);
    await kubectl.must(["wait", "--for=create", "serviceaccount/default", "-n", "kube-system", "--timeout=90s"]);
    await define("default", "ovn-networkobj", ours);
    await define("default", "macvlan", { type: "macvlan" });
    await define("shop", "blue-net", ours);
    await administrator.apply(readManifests("deploy/base/hints.yaml"));
    controller = controllerProcess(stack);
    await controller.start();
    await untilListed("default", "ovn-networkobj");
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const define = (namespace: string, name: string, config: object): Promise<void> =>
    stack.plane.kubectl.apply([attachmentDefinition(namespace, name, config)]);
  /** Waits until the list of definitions has these names in a namespace. */
  const untilListed = (namespace: string, names: string) =>
    until(async () => {
      const args = ["configmap", "ovn4nfv-definitions", "-n", systemNamespace];
      const { code, stdout } = await stack.plane.kubectl.run(["get", ...args, "-o", "json"]);
      if (code !== 0) return false;
      const { data = {} } = JSON.parse(stdout) as { readonly data?: Readonly<Record<string, string>> };
      return (data[namespace] ?? "") === names;
    }, 60_000);
  const tryPod = (
    name: string,
    annotations: Readonly<Record<string, string>>,
    more: { namespace?: string; spec?: object } = {},
  ) =>
    stack.plane.kubectl.run(["create", "--dry-run=server", "-f", "-"], {
      input: JSON.stringify(podManifest({ name, annotations, ...more })),
    });
  const selecting = (text: string) => ({ [multusNetworks.key]: text });
  /** Waits until the API server uses the policy with the newest list, which is some moments later. */
  const untilRefused = (text: string) =>
    until(async () => cure.test((await tryPod("probe", selecting(text))).stderr), 60_000);

  it("are warned of a request in a namespace that is left alone", async () => {
    const asking = await tryPod("asks", request({ name: "blue" }), { namespace: "kube-system" });
    assert.equal(asking.code, 0, asking.stderr);
    assert.match(asking.stderr, /Warning: .*pods of this namespace get none.*another namespace/);
    const silent = await tryPod("plain", {}, { namespace: "kube-system" });
    assert.equal(silent.stderr, "");
  });

  it("are refused when they select a definition of ours without a request, however they write it", async () => {
    await untilRefused("ovn-networkobj");
    for (const text of [
      "macvlan, ovn-networkobj@net2",
      "default/ovn-networkobj",
      '[{"name": "ovn-networkobj"}]',
      '[{"name":"macvlan"},{"cni-args":{"a":1},"interface":"x","name":"ovn-networkobj","namespace":"default"}]',
    ]) {
      const { code, stderr } = await tryPod("hangs", selecting(text));
      assert.equal(code, 1, text);
      assert.match(stderr, cure, text);
      assert.match(stderr, /selects default\/ovn-networkobj/);
    }
  });

  it("are admitted when the definition is another's, when they have a request, and where selections count", async () => {
    for (const text of [
      "macvlan",
      "ovn-networkobj-2",
      "other/ovn-networkobj",
      '[{"name":"macvlan","namespace":"shop"}]',
      "[",
    ]) {
      const { code, stderr } = await tryPod("fine", selecting(text));
      assert.equal(code, 0, `${text}: ${stderr}`);
      assert.doesNotMatch(stderr, /would hang/, text);
    }
    const both = await tryPod("both", { ...request({ name: "blue" }), ...selecting("ovn-networkobj") });
    assert.equal(both.code, 0, both.stderr);
    const there = await tryPod("there", selecting("blue-net"), { namespace: "shop" });
    assert.equal(there.code, 0, there.stderr);
    const onTheNode = await tryPod("host", selecting("ovn-networkobj"), { spec: { hostNetwork: true } });
    assert.equal(onTheNode.code, 0, onTheNode.stderr);
  });

  it("are judged by definitions that come late, and by those that have another name now", async () => {
    assert.equal((await tryPod("early", selecting("late-net"))).code, 0);
    await define("default", "late-net", ours);
    await untilRefused("late-net");
    await stack.plane.kubectl.must(["delete", "network-attachment-definition", "ovn-networkobj"]);
    await define("default", "renamed", ours);
    await untilListed("default", "late-net renamed");
    await untilRefused("renamed");
    await until(async () => (await tryPod("old-name", selecting("ovn-networkobj"))).code === 0, 60_000);
  });
});
