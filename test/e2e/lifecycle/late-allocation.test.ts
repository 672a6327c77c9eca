// Pods that were stored while there was neither webhook nor guard.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { untilEvent } from "#test/stacks/pod-events.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";

const { allocation, finalizer, multusNamespace, multusNetworks, result } = annotationKeys;

const optedIn = { [multusNamespace.key]: multusNamespace.value };

describe("a pod that no webhook saw", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  before(async () => {
    stack = await AdmissionStack.start({ plane: { audit: true } });
    await stack.addSwitch("blue", "10.1.0.0/24,fd01::/64");
    await stack.plane.kubectl.apply([
      { apiVersion: "v1", kind: "Node", metadata: { name: "worker" } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "left-alone" } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: optedIn } },
      networkAttachmentDefinitionCrd,
    ]);
    await stack.plane.administrator.established(networkAttachmentDefinitionCrd.metadata.name);
    await define("blue-net", { type: "ovn4nfv-cni", "nfn-network": "blue" });
    await define("macvlan", { type: "macvlan" });
    await kubectl("wait", "--for=create", "serviceaccount/default", "-n", "shop", "--timeout=90s");
    await kubectl("delete", "mutatingwebhookconfiguration", "--all");
    await kubectl("wait", "--for=create", "serviceaccount/default", "-n", "left-alone", "--timeout=90s");
    await until(async () => !(await probe()).includes(allocation.key));
    for (const [name, namespace, spec] of [
      ["gated", "default", { schedulingGates: [{ name: "test/wait" }] }],
      ["unscheduled", "default", {}],
      ["on-node", "default", { nodeName: "worker" }],
      ["excluded", "left-alone", {}],
    ] as const) {
      const pod = await createUnseen(name, namespace, spec);
      assert.equal(pod.metadata.labels?.[allocation.key], undefined);
    }
    await createSelecting("selecting", "shop", "blue-net");
    await createSelecting("selecting-on-node", "shop", "blue-net", { nodeName: "worker" });
    const flags = {
      "token-key-file": join(stack.plane.folder, "token.pem"),
      "excluded-namespaces": "kube-system,left-alone",
    };
    controller = controllerProcess(stack, { flags });
    await controller.start();
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  const createUnseen = async (name: string, namespace: string, spec: object, network = "blue") => {
    const manifest = podManifest({ name, namespace, annotations: request({ name: network }), spec });
    return stack.create(manifest, namespace);
  };
  const define = (name: string, config: object) =>
    stack.plane.kubectl.apply([attachmentDefinition("shop", name, config)]);
  const createSelecting = (name: string, namespace: string, selections: string, spec: object = {}) =>
    stack.create(podManifest({ name, namespace, annotations: { [multusNetworks.key]: selections }, spec }), namespace);
  const getPod = async (name: string, namespace = "default") =>
    (await stack.plane.kubectl.get(["pod", name, "-n", namespace])) as KubeObject;
  /** The API server goes on calling the webhook for some moments. */
  const probe = async () => {
    const input = JSON.stringify(podManifest({ name: "probe", annotations: request({ name: "blue" }) }));
    return (await stack.plane.kubectl.run(["create", "--dry-run=server", "-o", "json", "-f", "-"], { input })).stdout;
  };
  const untilLabelled = (pod: string, namespace = "default") =>
    kubectl(
      "wait",
      `pod/${pod}`,
      "-n",
      namespace,
      `--for=jsonpath={.metadata.finalizers[0]}=${finalizer.key}`,
      "--timeout=90s",
    );

  it("is allocated late while it is not scheduled, and then bound like any other", async () => {
    for (const name of ["gated", "unscheduled"]) {
      await untilLabelled(name);
      const { annotations, labels, uid } = (await getPod(name)).metadata;
      assert.match(annotations?.[result.key] ?? "", /"ip_address":\["10\.1\.0\.\d+\/24","fd01::/);
      assert.match(annotations?.[multusNetworks.key] ?? "", /"name":"ovn4nfv"/);
      await untilEvent(stack, { pod: name, reason: "AllocatedLate" });
      const id = labels?.[allocation.key] ?? "";
      await until(async () => {
        const ports = (await stack.world()).nb.ports.filter((port) => port.name.startsWith(id));
        return ports.some(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/pod-uid") === uid);
      });
    }
  });

  it("only gets an Event when it is on a node already", async () => {
    await untilEvent(stack, { pod: "on-node", reason: "NotAllocated" });
    assert.equal((await getPod("on-node")).metadata.labels, undefined);
  });

  it("is left as it is in an excluded namespace", async () => {
    // This pod was made before those that were allocated, and was listed with them.
    assert.equal((await getPod("excluded", "left-alone")).metadata.labels, undefined);
    const events = await kubectl("get", "events", "-n", "left-alone", "-o", "name");
    assert.equal(events, "");
  });

  it("is allocated late also when it comes while the controller runs, and refused with an Event", async () => {
    await createUnseen("later", "default", {});
    await untilLabelled("later");
    await createUnseen("wrong", "default", {}, "nowhere");
    await untilEvent(stack, { pod: "wrong", reason: "AllocationRefused" });
    assert.equal((await getPod("wrong")).metadata.finalizers, undefined);
  });

  it("may ask by Multus selections of our definitions where its namespace opts in, then or later", async () => {
    await untilLabelled("selecting", "shop");
    const { annotations } = (await getPod("selecting", "shop")).metadata;
    assert.match(
      annotations?.[result.key] ?? "",
      /"ip_address":\["10\.1\.0\.\d+\/24".*"interface":"net1","network":"blue"/,
    );
    assert.equal(annotations?.[multusNetworks.key], "blue-net", "no element is added");
    await untilEvent(stack, { pod: "selecting-on-node", namespace: "shop", reason: "NotAllocated" });
    // A name that the watch lacks is looked up.
    await createSelecting("foreign", "shop", "macvlan,not-yet");
    await createSelecting("opts-in-later", "default", "shop/blue-net");
    await createSelecting("selecting-too", "shop", "blue-net");
    await untilLabelled("selecting-too", "shop");
    for (const [pod, namespace] of [
      ["foreign", "shop"],
      ["opts-in-later", "default"],
    ] as const)
      assert.equal((await getPod(pod, namespace)).metadata.labels, undefined, pod);
    await kubectl("label", "namespace", "default", `${multusNamespace.key}=${multusNamespace.value}`);
    await untilLabelled("opts-in-later");
    await kubectl("delete", "pod", "opts-in-later", "--timeout=90s");
    await kubectl("delete", "pod", "-n", "shop", "selecting", "selecting-too", "foreign", "--timeout=90s");
  });

  it("gives its addresses back like any other, and nothing is left over, also no fence key of the controller", async () => {
    await kubectl("delete", "pod", "gated", "unscheduled", "later", "wrong", "--timeout=90s");
    const { stdout, code } = await runCheck(stack);
    assert.equal(code, 0, stdout);
    assert.deepEqual((await stack.world()).nb.ports, []);
    const keys = () => nbctl(stack.nb.join(","), "get", "nb_global", ".", "external_ids");
    assert.match(await keys(), /fence-late-/);
    await controller.stop();
    assert.doesNotMatch(await keys(), /fence-late-/);
    // A controller that finds no keys makes them.
    const keysOf = { "token-keys-secret": "ovn4nfv-token-keys", "token-public-keys": "ovn4nfv-token-public-keys" };
    await using first = controllerProcess(stack, {
      name: "first",
      flags: { ...keysOf, "system-namespace": systemNamespace },
    });
    await first.start();
    await assertRareRights(stack.plane, "test/e2e/lifecycle/late-allocation.test.ts");
  });
});
