// Everybody who deletes pods, with one test each. A stand-in plays the kubelet, and looks at NB before it reports an end.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, releases } from "#test/stacks/controller-process.ts";
import { KubeletStandIn } from "#test/fakes/kube/kubelet-stand-in.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { PortHistory } from "#test/stacks/port-history.ts";
import { until } from "#test/assertions/until.ts";

const { allocation, finalizer, result } = annotationKeys;
/** The limits are far longer than any test here, so that nothing is released because of them. */
const bound = { "force-delete-bound": "1h", "reservation-lease": "60s" };
/** The number of terminated pods that kube-controller-manager keeps. */
const keptPods = 3;

describe("the addresses of pods that", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  let history: PortHistory;
  const owned = new AsyncDisposableStack();
  before(async () => {
    const controllerManagerFlags = { "terminated-pod-gc-threshold": String(keptPods) };
    stack = owned.use(await AdmissionStack.start({ plane: { controllerManagerFlags } }));
    await stack.addSwitch("blue", "10.1.0.0/24");
    await stack.addSwitch("fixed", "10.2.0.0/24");
    const nodes = ["worker", "drained", "removed", "lost", "idle"];
    await stack.plane.kubectl.apply(nodes.map((name) => ({ apiVersion: "v1", kind: "Node", metadata: { name } })));
    history = owned.use(await PortHistory.start(stack.nb.join(","), stack.plane.folder, "blue"));
    controller = owned.use(controllerProcess(stack, { flags: bound }));
    await controller.start();
    for (const node of ["worker", "drained"]) {
      owned.use(new KubeletStandIn({ client: stack.client, node, beforeEnd: assertStillThere }));
    }
  });
  after(() => owned.disposeAsync());

  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  const getPod = async (name: string) => (await stack.plane.kubectl.get(["pod", name])) as KubeObject;
  const labelled = async (app: string) =>
    ((await stack.plane.kubectl.get(["pods", "-l", `app=${app}`])) as { items: readonly KubeObject[] }).items;
  const idOf = ({ metadata }: KubeObject) => metadata.labels?.[allocation.key] ?? "";
  const create = (name: string, spec: object = {}) =>
    stack.create(podManifest({ name, annotations: request({ name: "blue" }), spec }));
  const setPhase = (name: string, phase: string) =>
    kubectl("patch", "pod", name, "--subresource=status", "-p", JSON.stringify({ status: { phase } }));
  /** The reason of a pod's release. The controller logs it when NB has told it that the rows are gone. */
  const whyReleased = async (pod: KubeObject) => {
    await until(() => releases(controller).has(idOf(pod)));
    return releases(controller).get(idOf(pod));
  };

  /** The events of a pod's ports, without bindings. */
  const fateOf = async (pod: KubeObject) =>
    (await history.of(idOf(pod))).map(({ action }) => action).filter((action) => action !== "new");

  let barriers = 0;
  /** Returns when the controller has dealt with everything that happened before. */
  async function letControllerWork(): Promise<void> {
    barriers += 1;
    const name = `barrier-${barriers}`;
    await create(name);
    await kubectl("delete", "pod", name, "--timeout=90s");
  }

  async function assertStillThere(pods: readonly KubeObject[]): Promise<void> {
    await letControllerWork();
    const { nb } = await stack.world();
    for (const pod of pods) {
      const ports = nb.ports.filter(({ name }) => name.startsWith(idOf(pod)));
      assert.equal(ports.length, 1, `${pod.metadata.name} runs`);
    }
  }

  function workload(kind: string, name: string, spec: object, network: object = { name: "blue" }): object {
    const labels = { app: name };
    const pod = podManifest({ labels, annotations: request(network), spec: { nodeName: "worker" } }) as KubeObject;
    const template = { metadata: { labels, annotations: pod.metadata.annotations }, spec: pod["spec"] };
    return {
      apiVersion: "apps/v1",
      kind,
      metadata: { name, namespace: "default" },
      spec: { selector: { matchLabels: labels }, template, ...spec },
    };
  }

  const rollOut = async (what: string): Promise<void> => {
    await kubectl("rollout", "restart", what);
    await kubectl("rollout", "status", what, "--timeout=90s");
  };

  // The last tests wait for these pods, because kube-controller-manager looks for them only three times a minute.
  let orphan: KubeObject;
  let aged: readonly KubeObject[];
  it("run on a node, and on one that has been removed, stay while nobody says that they ended", async () => {
    orphan = await create("orphan", { nodeName: "removed" });
    await setPhase("orphan", "Running");
    await kubectl("delete", "node", "removed");
    // This is the number that is kept. With one more, kube-controller-manager would begin to remove them.
    aged = await Promise.all(Array.from({ length: keptPods }, (_, n) => create(`aged-${n}`, { nodeName: "idle" })));
    // A failed pod that restarts always has not ended, because its containers are started again.
    for (const { metadata } of aged) await setPhase(metadata.name, "Failed");
    await letControllerWork();
    for (const pod of [orphan, ...aged]) assert.deepEqual(await fateOf(pod), ["insert"]);
  });

  it("a Job has run come back with its completion, and both finalizers go", async () => {
    const job = workload("Job", "job", { completions: 2, parallelism: 2, selector: undefined }) as KubeObject;
    const { template, ...spec } = job["spec"] as { template: { metadata: object; spec: object } };
    // The pods are not on a node yet, so that they are seen as they were stored.
    const podSpec = { ...template.spec, nodeName: undefined, restartPolicy: "Never" };
    await stack.plane.kubectl.apply([
      { ...job, apiVersion: "batch/v1", spec: { ...spec, template: { ...template, spec: podSpec } } },
    ]);
    await until(async () => (await labelled("job")).length === 2);
    const pods = await labelled("job");
    for (const { metadata } of pods) {
      assert.deepEqual([...(metadata.finalizers ?? [])].sort(), ["batch.kubernetes.io/job-tracking", finalizer.key]);
      const binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: metadata.name },
        target: { apiVersion: "v1", kind: "Node", name: "worker" },
      };
      const path = `/api/v1/namespaces/default/pods/${metadata.name}/binding`;
      await stack.plane.kubectl.must(["create", "--raw", path, "-f", "-"], { input: JSON.stringify(binding) });
    }
    await kubectl("wait", "job/job", "--for=condition=Complete", "--timeout=120s");
    for (const pod of pods) {
      await until(async () => (await fateOf(pod)).length === 2);
      assert.equal(await whyReleased(pod), "completed");
      await until(async () => (await getPod(pod.metadata.name)).metadata.finalizers === undefined);
      const kept = await getPod(pod.metadata.name);
      assert.equal(kept.metadata.annotations?.[result.key], pod.metadata.annotations?.[result.key]);
    }
    await kubectl("delete", "job", "job", "--timeout=90s");
  });

  it("a StatefulSet rolls over come back when the old pod has ended, and the new one gets the same fixed address", async () => {
    const fixed = { name: "fixed", ipAddress: "10.2.0.77" };
    await stack.plane.kubectl.apply([workload("StatefulSet", "state", { serviceName: "state", replicas: 1 }, fixed)]);
    await kubectl("rollout", "status", "statefulset/state", "--timeout=120s");
    const old = await getPod("state-0");
    await rollOut("statefulset/state");
    const renewed = await getPod("state-0");
    assert.notEqual(renewed.metadata.uid, old.metadata.uid);
    const [own] = parseResult(renewed.metadata.annotations?.[result.key] ?? "");
    assert.deepEqual(own?.ip_address, ["10.2.0.77/24"]);
    assert.deepEqual([await fateOf(old), await whyReleased(old)], [["insert", "delete"], "terminated"]);
    await kubectl("delete", "statefulset", "state", "--timeout=90s");
  });

  it("a Deployment rolls over come back one by one, and scaling its ReplicaSet down gives back the rest", async () => {
    await stack.plane.kubectl.apply([workload("Deployment", "web", { replicas: 3 })]);
    await kubectl("rollout", "status", "deployment/web", "--timeout=120s");
    const old = await labelled("web");
    assert.equal(old.length, 3);
    await rollOut("deployment/web");
    for (const pod of old) {
      await until(async () => (await fateOf(pod)).length === 2);
      assert.deepEqual([await fateOf(pod), await whyReleased(pod)], [["insert", "delete"], "terminated"]);
    }
    await until(async () => (await labelled("web")).length === 3);
    const renewed = await labelled("web");
    await kubectl("scale", "deployment/web", "--replicas=1");
    await until(async () => (await labelled("web")).length === 1);
    const [left] = await labelled("web");
    for (const pod of renewed) {
      assert.deepEqual(await fateOf(pod), pod.metadata.uid === left?.metadata.uid ? ["insert"] : ["insert", "delete"]);
    }
    await kubectl("delete", "deployment", "web", "--timeout=90s");
    await until(async () => (await labelled("web")).length === 0);
  });

  it("are deleted by force come back when the kubelet, which is alive, says that they ended", async () => {
    const pod = await create("forced", { nodeName: "worker" });
    await kubectl("wait", "pod", "forced", "--for=condition=Ready", "--timeout=90s");
    await kubectl("delete", "pod", "forced", "--grace-period=0", "--force", "--timeout=90s");
    assert.deepEqual([await fateOf(pod), await whyReleased(pod)], [["insert", "delete"], "terminated"]);
  });

  it("are drained from a node come back as each ends, and the drain returns", async () => {
    const pods = await Promise.all(
      ["first", "second"].map((name) => create(`drained-${name}`, { nodeName: "drained" })),
    );
    for (const { metadata } of pods) {
      await kubectl("wait", "pod", metadata.name, "--for=condition=Ready", "--timeout=90s");
    }
    await kubectl("drain", "drained", "--force", "--timeout=120s");
    for (const pod of pods) {
      assert.deepEqual([await fateOf(pod), await whyReleased(pod)], [["insert", "delete"], "terminated"]);
    }
  });

  it("are on a lost node stay when they are evicted, until somebody says that the node is out of service", async () => {
    const tolerations = [
      { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 1 },
    ];
    const pod = await create("evicted", { nodeName: "lost", tolerations });
    await setPhase("evicted", "Running");
    await kubectl("taint", "node", "lost", "node.kubernetes.io/unreachable:NoExecute");
    await kubectl("wait", "pod", "evicted", "--for=jsonpath={.metadata.deletionTimestamp}", "--timeout=120s");
    await letControllerWork();
    assert.deepEqual(await fateOf(pod), ["insert"]);
    await kubectl("taint", "node", "lost", "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
    await kubectl("wait", "pod", "evicted", "--for=delete", "--timeout=120s");
    assert.deepEqual(await fateOf(pod), ["insert", "delete"]);
  });

  it("kube-controller-manager removes with their node, or as too many terminated ones, come back by its word", async () => {
    await create("one-more", { nodeName: "idle" });
    await setPhase("one-more", "Failed");
    await kubectl("wait", "pod", "orphan", "--for=delete", "--timeout=240s");
    assert.deepEqual([await fateOf(orphan), await whyReleased(orphan)], [["insert", "delete"], "terminated"]);
    const releasedOf = async (pod: KubeObject) => ((await fateOf(pod)).length > 1 ? [pod] : []);
    let released: readonly KubeObject[] = [];
    await until(async () => {
      released = (await Promise.all(aged.map(releasedOf))).flat();
      return released.length > 0;
    }, 120_000);
    for (const pod of released) assert.equal(await whyReleased(pod), "terminated");
  });
});
