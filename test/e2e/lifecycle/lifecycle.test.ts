import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, queueDepth, releases, runCheck } from "#test/stacks/controller-process.ts";
import { untilEvent } from "#test/stacks/pod-events.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";

const { allocation, finalizer, result, token } = annotationKeys;
const node = "worker";

describe("the addresses of a pod, beside a controller", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  before(async () => {
    stack = await AdmissionStack.start({ plane: { audit: true } });
    await stack.addSwitch("blue", "10.1.0.0/23,fd01::/64");
    await stack.addSwitch("small", "10.2.0.0/28");
    await stack.plane.kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: node } }]);
    controller = controllerProcess(stack);
    await controller.start();
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  const getPod = async (name: string) => (await stack.plane.kubectl.get(["pod", name])) as KubeObject;
  const portsOf = async (id: string) => (await stack.world()).nb.ports.filter(({ name }) => name.startsWith(id));
  const idOf = ({ metadata }: KubeObject) => metadata.labels?.[allocation.key] ?? "";
  const create = (name: string, spec: object = {}, network = "blue", namespace = "default") =>
    stack.create(podManifest({ name, namespace, annotations: request({ name: network }), spec }), namespace);
  const setPhase = (name: string, phase: string) =>
    kubectl("patch", "pod", name, "--subresource=status", "-p", JSON.stringify({ status: { phase } }));
  const isBoundTo = async (pod: KubeObject) => {
    const ports = await portsOf(idOf(pod));
    return (
      ports.length > 0 &&
      ports.every(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/pod-uid") === pod.metadata.uid)
    );
  };

  it("are bound to its UID once it is stored", async () => {
    const pod = await create("bound");
    await until(() => isBoundTo(pod));
    const [port] = await portsOf(idOf(pod));
    assert.equal(port?.externalIds.get("k8s.plugin.opnfv.org/pod"), "bound");
  });

  it("come back at once when it was never scheduled", async () => {
    const pod = await create("unscheduled");
    await kubectl("delete", "pod", "unscheduled", "--timeout=90s");
    assert.deepEqual(await portsOf(idOf(pod)), []);
  });

  it("stay while the kubelet terminates it, and come back with its terminal phase", async () => {
    const pod = await create("normal", { nodeName: node });
    await setPhase("normal", "Running");
    await kubectl("delete", "pod", "normal", "--wait=false");
    // The controller goes on with other pods, and leaves this one alone.
    await create("meanwhile");
    await kubectl("delete", "pod", "meanwhile", "--timeout=90s");
    assert.equal((await portsOf(idOf(pod))).length, 1);
    assert.deepEqual((await getPod("normal")).metadata.finalizers, [finalizer.key]);
    await setPhase("normal", "Succeeded");
    await until(async () => (await portsOf(idOf(pod))).length === 0);
    await kubectl("delete", "pod", "normal", "--grace-period=0", "--force", "--timeout=90s");
    assert.equal(releases(controller).get(idOf(pod)), "terminated");
  });

  it("come back after the bound when it was deleted by force and nobody reports its end", async () => {
    const pod = await create("forced", { nodeName: node });
    await setPhase("forced", "Running");
    await kubectl("delete", "pod", "forced", "--grace-period=0", "--force", "--timeout=90s");
    assert.deepEqual(await portsOf(idOf(pod)), []);
    assert.equal(releases(controller).get(idOf(pod)), "forced, and the bound has passed");
  });

  it("come back before the bound when the node of a forced pod is gone", async () => {
    await stack.plane.kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: "lost" } }]);
    const pod = await create("on-lost", { nodeName: "lost" });
    await kubectl("delete", "node", "lost");
    await kubectl("delete", "pod", "on-lost", "--grace-period=0", "--force", "--timeout=90s");
    assert.equal(releases(controller).get(idOf(pod)), "node gone");
  });

  it("come back when it has completed and cannot run again, and its result stays", async () => {
    const pod = await create("completed", { nodeName: node, restartPolicy: "Never" });
    await setPhase("completed", "Succeeded");
    await until(async () => (await getPod("completed")).metadata.labels?.[allocation.key] === undefined);
    const kept = await getPod("completed");
    assert.deepEqual([kept.metadata.finalizers, await portsOf(idOf(pod))], [undefined, []]);
    assert.equal(kept.metadata.annotations?.[result.key], pod.metadata.annotations?.[result.key]);
    await kubectl("delete", "pod", "completed", "--grace-period=0", "--force", "--timeout=90s");
  });

  it("come back with its namespace", async () => {
    await kubectl("create", "namespace", "short");
    await kubectl("wait", "--for=create", "serviceaccount/default", "-n", "short", "--timeout=90s");
    const pods = await Promise.all(["a", "b", "c"].map((name) => create(name, {}, "blue", "short")));
    await kubectl("delete", "namespace", "short", "--timeout=90s");
    for (const pod of pods) assert.deepEqual(await portsOf(idOf(pod)), []);
  });

  it("called web-1 come back, and those of web-10 and web-11 stay", async () => {
    const pods = await Promise.all(["web-1", "web-10", "web-11"].map((name) => create(name)));
    await kubectl("delete", "pod", "web-1", "--timeout=90s");
    const left = await Promise.all(pods.map(async (pod) => (await portsOf(idOf(pod))).length));
    assert.deepEqual(left, [0, 1, 1]);
  });

  it("are not freed by another pod that carries its label, token and result", async () => {
    const pod = await create("victim");
    await until(() => isBoundTo(pod));
    const { annotations = {} } = pod.metadata;
    await stack.create(podManifest({ name: "forger" }));
    const marks = {
      labels: { [allocation.key]: idOf(pod) },
      annotations: { [token.key]: annotations[token.key], [result.key]: annotations[result.key] },
      finalizers: [finalizer.key],
    };
    await kubectl("patch", "pod", "forger", "--type=merge", "-p", JSON.stringify({ metadata: marks }));
    await kubectl("delete", "pod", "forger", "--timeout=90s");
    assert.ok(await isBoundTo(pod));
  });

  it("are made again as they were when its port was deleted by hand", async () => {
    const pod = await create("robbed");
    await until(() => isBoundTo(pod));
    const [before] = await portsOf(idOf(pod));
    assert.ok(before !== undefined);
    await nbctl(stack.nb.join(","), "lsp-del", before.name);
    await until(() => isBoundTo(pod));
    const [again] = await portsOf(idOf(pod));
    assert.deepEqual([again?.name, again?.addresses], [before.name, before.addresses]);
    await untilEvent(stack, { pod: "robbed", reason: "PortRestored" });
  });

  it("are given to nobody while its port is edited by hand, and the port is written again as it was", async () => {
    const pod = await create("edited");
    await until(() => isBoundTo(pod));
    const [before] = await portsOf(idOf(pod));
    assert.ok(before !== undefined);
    const [mac = "", ip = ""] = before.portSecurity;
    const endpoint = stack.nb.join(",");
    await nbctl(
      endpoint,
      "lsp-set-addresses",
      before.name,
      `${mac} 10.1.250.250`,
      "--",
      "lsp-set-type",
      before.name,
      "localport",
    );
    const annotations = request({ name: "blue", ipAddress: ip });
    await assert.rejects(stack.create(podManifest({ name: "greedy", annotations })), (error) =>
      /AddressInUse/.test(apiErrorDetails(error)?.message ?? ""),
    );
    await untilEvent(stack, { pod: "edited", reason: "PortCorrected" });
    const [again] = await portsOf(idOf(pod));
    assert.deepEqual(
      [again?.name, again?.addresses, again?.portSecurity],
      [before.name, before.addresses, before.portSecurity],
    );
    await kubectl("delete", "pod", "edited", "--timeout=90s");
  });

  it("are not made again when another port took them after its own was deleted, and an Event names that port", async () => {
    const pod = await create("displaced");
    await until(() => isBoundTo(pod));
    const [port] = await portsOf(idOf(pod));
    const [endpoint, addresses] = [stack.nb.join(","), port?.addresses.join(" ") ?? ""];
    const taken = ["--", "set", "logical_switch_port", "thief", `addresses="${addresses}"`];
    await nbctl(endpoint, "lsp-del", port?.name ?? "", "--", "lsp-add", "blue", "thief", ...taken);
    await untilEvent(stack, {
      pod: "displaced",
      reason: "PortLost",
      says: "port thief holds an address of interface net1",
    });
    assert.deepEqual(await portsOf(idOf(pod)), []);
    await kubectl("delete", "pod", "displaced", "--timeout=90s");
    await nbctl(endpoint, "lsp-del", "thief");
  });

  it("are kept when its label was removed, and an Event says so", async () => {
    const pod = await create("unlabelled");
    await until(() => isBoundTo(pod));
    await kubectl("label", "pod", "unlabelled", `${allocation.key}-`);
    await untilEvent(stack, { pod: "unlabelled", reason: "AllocationLabelLost" });
    assert.ok(await isBoundTo(pod));
    await kubectl("label", "pod", "unlabelled", `${allocation.key}=${idOf(pod)}`);
    await kubectl("delete", "pod", "unlabelled", "--timeout=90s");
    assert.deepEqual(await portsOf(idOf(pod)), []);
  });

  it("that no pod was ever stored with are swept, so that a refused ReplicaSet eats no pool", async () => {
    await kubectl("create", "namespace", "tight");
    await kubectl("create", "quota", "none", "--hard=pods=0", "-n", "tight");
    await kubectl("wait", "--for=create", "serviceaccount/default", "-n", "tight", "--timeout=90s");
    const { metadata, spec } = podManifest({ annotations: request({ name: "small" }) }) as KubeObject;
    const labels = { app: "refused" };
    const template = { metadata: { labels, annotations: metadata.annotations }, spec };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "refused", namespace: "tight" },
      spec: { replicas: 5, selector: { matchLabels: labels }, template },
    };
    await stack.plane.kubectl.apply([deployment]);
    const inNamespace = async () =>
      (await stack.world()).nb.ports.filter(
        ({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/namespace") === "tight",
      );
    await until(async () => (await inNamespace()).length > 0);
    await until(async () => [...releases(controller).values()].includes("swept"));
    const neighbour = await create("neighbour", {}, "small");
    assert.ok(idOf(neighbour) !== "");
    await kubectl("delete", "namespace", "tight", "--timeout=90s");
    await until(async () => (await inNamespace()).length === 0);
  });

  it("agree with Kubernetes after the controller was killed three times while 60 pods were deleted", async () => {
    const names = Array.from({ length: 60 }, (_, n) => `mass-${n.toString()}`);
    await Promise.all(names.map((name) => create(name)));
    const database = stack.nbServer?.process;
    assert.ok(database !== undefined);
    for (let n = 0; n < 3; n += 1) {
      // The database answers nothing, so no release that has begun can end before the controller dies.
      database.freeze();
      try {
        await kubectl("delete", "pod", ...names.slice(20 * n, 20 * (n + 1)), "--wait=false");
        await until(async () => (await queueDepth(controller, "allocations")) > 0);
        await controller.kill();
      } finally {
        database.thaw();
      }
      await controller.start();
    }
    await kubectl("wait", "--for=delete", ...names.map((name) => `pod/${name}`), "--timeout=120s");
    const { code, stdout } = await runCheck(stack);
    assert.equal(code, 0, stdout);
    await stack.assertInvariants();
  });

  it("left behind by somebody are found by check, and released by check --repair", async () => {
    await controller.stop();
    const pod = await create("stripped");
    await kubectl("patch", "pod", "stripped", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
    await kubectl("delete", "pod", "stripped", "--timeout=90s");
    await until(async () => (await runCheck(stack)).code === 4);
    const { code, stdout } = await runCheck(stack, { repair: true });
    assert.equal(code, 0, stdout);
    assert.deepEqual(await portsOf(idOf(pod)), []);
    await controller.start();
  });

  it("take the rights that only forced deletes and late watches need", async () => {
    await assertRareRights(stack.plane, "test/e2e/lifecycle/lifecycle.test.ts");
  });
});
