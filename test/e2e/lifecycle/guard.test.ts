import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { CommandResult } from "#tools/process/command.ts";
import { controlPlaneTools, type ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { multusRole } from "#lab/cluster/multus.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const keys = annotationKeys;
const node = "worker";
/** A scheduler that does not exist, for pods that shall stay as they are. */
const unscheduled = { schedulerName: "nobody" };

describe("the guard of stored pods", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  /** The kubeconfigs by the name of the user. */
  const users = { owner: "", kubelet: "", multus: "", wildcard: "" };

  before(async () => {
    stack = await AdmissionStack.start({ plane: { scheduler: true }, before: createOlderPod });
    const { plane } = stack;
    await stack.addSwitch("blue", "10.1.0.0/23,fd01::/64");
    const policies = ["guard", "warnings"].map((name) => `deploy/base/${name}.yaml`);
    await plane.kubectl.apply(policies.flatMap(readManifests));
    await createNode(plane);
    users.owner = await plane.createUser({ commonName: "owner" });
    users.wildcard = await plane.createUser({ commonName: "wildcard" });
    users.multus = await plane.createUser({ commonName: "multus" });
    users.kubelet = await plane.createUser({ commonName: `system:node:${node}`, organizations: ["system:nodes"] });
    await plane.kubectl.apply([...multusRole, everythingInDefault]);
    for (const [user, role] of [
      ["owner", "clusterrole=edit"],
      ["wildcard", "role=everything"],
    ] as const) {
      await kubectl("create", "rolebinding", user, `--${role}`, `--user=${user}`);
    }
    controller = controllerProcess(stack);
    await controller.start();
    await untilGuarded();
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  const as = (user: keyof typeof users, args: readonly string[], input?: object): Promise<CommandResult> =>
    stack.plane.kubectl.run(args, {
      kubeconfig: users[user],
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    });
  const mustAs = async (user: keyof typeof users, args: readonly string[], input?: object): Promise<string> => {
    const { code, stdout, stderr } = await as(user, args, input);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const getPod = async (name: string) => (await stack.plane.kubectl.get(["pod", name])) as KubeObject;
  const create = (name: string, spec: object = unscheduled) =>
    mustAs("owner", ["create", "-f", "-"], podManifest({ name, annotations: request({ name: "blue" }), spec }));
  const patch = (user: keyof typeof users, name: string, metadata: object, ...more: readonly string[]) =>
    as(user, ["patch", "pod", name, "--type=merge", "-p", JSON.stringify({ metadata }), ...more]);

  /** Waits until the API server uses a new policy, which is some moments later. It tries that with a pod of its own. */
  async function untilGuarded(): Promise<void> {
    const limit = AbortSignal.timeout(60_000);
    await create("probe");
    const probe = () => patch("owner", "probe", { finalizers: null }, "--dry-run=server");
    while ((await probe()).code === 0) limit.throwIfAborted();
    await kubectl("delete", "pod", "probe", "--timeout=60s");
  }

  const removed = (key: string) => ({ annotations: { [key]: null } });
  const changed = (key: string) => ({ annotations: { [key]: "[]" } });
  const byTheOwner: readonly (readonly [what: string, metadata: object, says: RegExp])[] = [
    ["removing the request", removed(keys.request.key), /cannot be added.*create it again/],
    ["changing the request", changed(keys.request.key), /cannot be added.*create it again/],
    ["adding the early request", changed(keys.earlyRequest.key), /cannot be added.*create it again/],
    ["adding early routes", changed(keys.earlyRoutes.key), /cannot be added.*create it again/],
    ["removing the result", removed(keys.result.key), /nobody else writes them.*create it again/],
    ["changing the result", changed(keys.result.key), /nobody else writes them.*create it again/],
    ["removing the token", removed(keys.token.key), /nobody else writes them.*create it again/],
    ["changing the token", changed(keys.token.key), /nobody else writes them.*create it again/],
    ["removing the label", { labels: { [keys.allocation.key]: null } }, /To release them, delete the pod/],
    ["changing the label", { labels: { [keys.allocation.key]: "other" } }, /To release them, delete the pod/],
    ["removing the finalizer", { finalizers: null }, /ask a cluster administrator/],
    ["removing our Multus element", removed(keys.multusNetworks.key), /create it again with the networks/],
    ["changing our Multus element", changed(keys.multusNetworks.key), /create it again with the networks/],
    ["removing all annotations", { annotations: null }, /create it again/],
  ];

  describe("refuses to the owner of a namespace", () => {
    before(() => create("guarded"));
    for (const [what, metadata, says] of byTheOwner) {
      it(what, async () => {
        const { code, stderr } = await patch("owner", "guarded", metadata);
        assert.equal(code, 1);
        assert.match(stderr, says);
      });
    }

    it("adding a request to a pod that has none", async () => {
      await mustAs("owner", ["create", "-f", "-"], podManifest({ name: "plain" }));
      const { stderr } = await patch("owner", "plain", { annotations: request({ name: "blue" }) });
      assert.match(stderr, /cannot be added.*create it again/);
    });

    it("adding marks of an allocation to a pod that has none", async () => {
      for (const metadata of [
        changed(keys.result.key),
        changed(keys.token.key),
        { labels: { [keys.allocation.key]: "x" } },
        { finalizers: [keys.finalizer.key] },
      ]) {
        const { stderr } = await patch("owner", "plain", metadata);
        assert.match(stderr, /ovn4nfv-pod-update.*(?:create it again|delete the pod|Delete the pod)/s);
      }
    });

    it("the same with all rights in the namespace, through pods/status too", async () => {
      for (const [, metadata, says] of byTheOwner) {
        const ways = [[], ["--subresource=status"]];
        const answers = await Promise.all(ways.map((way) => patch("wildcard", "guarded", metadata, ...way)));
        for (const { stderr } of answers) assert.match(stderr, says);
      }
    });

    it("annotating by a Binding, by RBAC", async () => {
      const annotations = changed(keys.result.key);
      const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: "guarded", ...annotations } };
      const path = "/api/v1/namespaces/default/pods/guarded/binding";
      const { stderr } = await as("owner", ["create", "--raw", path, "-f", "-"], {
        ...binding,
        target: { kind: "Node", name: node },
      });
      assert.match(stderr, /forbidden/i);
    });
  });

  describe("lets the owner of a namespace", () => {
    it("label, annotate, edit and apply what is theirs", async () => {
      const applied = { name: "applied", annotations: request({ name: "blue" }), spec: unscheduled };
      const manifest = podManifest({ ...applied, labels: { a: "1" } });
      await mustAs("owner", ["apply", "-f", "-"], manifest);
      await mustAs("owner", ["label", "pod", "applied", "team=blue"]);
      await mustAs("owner", ["annotate", "pod", "applied", "note=mine"]);
      const again = podManifest({ ...applied, labels: { a: "2" } });
      await mustAs("owner", ["apply", "-f", "-"], again);
      await mustAs("owner", ["set", "image", "pod/applied", "main=registry.example/other"]);
      const { metadata } = await getPod("applied");
      assert.equal(metadata.labels?.["a"], "2");
      assert.ok(metadata.annotations?.[keys.token.key]);
    });

    it("debug a pod by an ephemeral container", async () => {
      // The role `edit` does not have this right, so it is given as an administrator would give it.
      await kubectl("create", "role", "debug", "--verb=patch", "--resource=pods/ephemeralcontainers");
      await kubectl("create", "rolebinding", "debug", "--role=debug", "--user=owner");
      const args = ["debug", "applied", "--image=registry.example/debug", "--target=main", "--attach=false"];
      const limit = AbortSignal.timeout(30_000);
      // The API server learns of the right some moments later.
      while ((await as("owner", args)).code !== 0) limit.throwIfAborted();
      const { spec } = (await getPod("applied")) as unknown as { spec: { ephemeralContainers?: readonly unknown[] } };
      assert.equal(spec.ephemeralContainers?.length, 1);
    });

    it("delete a pod and create it again", async () => {
      await mustAs("owner", ["delete", "pod", "applied", "--timeout=60s"]);
      await create("applied");
      await mustAs("owner", ["delete", "pod", "applied", "--timeout=60s"]);
    });
  });

  describe("lets the parts of the cluster write", () => {
    it("scheduler, kubelet and Multus, from create to gone", async () => {
      await create("ran", { tolerations: [{ operator: "Exists" }] });
      await kubectl("wait", "pod/ran", "--for=condition=PodScheduled", "--timeout=60s");
      await setPhase("ran", "Running");
      await writeStatus("multus", "ran", ({ metadata }) => {
        const annotations = { ...metadata.annotations, [keys.multusStatus.key]: "[]" };
        return { metadata: { ...metadata, annotations } };
      });
      assert.equal((await getPod("ran")).metadata.annotations?.[keys.multusStatus.key], "[]");
      await kubectl("delete", "pod", "ran", "--wait=false");
      await setPhase("ran", "Succeeded");
      await mustAs("kubelet", ["delete", "pod", "ran", "--grace-period=0", "--force", "--timeout=60s"]);
    });

    it("the Job controller, whose finalizer goes", async () => {
      const template = {
        metadata: { annotations: request({ name: "blue" }) },
        spec: { ...specOf(podManifest({})), restartPolicy: "Never", nodeName: node },
      };
      await mustAs("owner", ["create", "-f", "-"], {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "once", namespace: "default" },
        spec: { template },
      });
      await kubectl("wait", "--for=create", "pod", "-l", "job-name=once", "--timeout=60s");
      const { items } = (await stack.plane.kubectl.get(["pods", "-l", "job-name=once"])) as { items: KubeObject[] };
      const name = items[0]?.metadata.name ?? "";
      await setPhase(name, "Succeeded");
      await kubectl("wait", "job/once", "--for=condition=Complete", "--timeout=60s");
      const limit = AbortSignal.timeout(60_000);
      while ((await getPod(name)).metadata.finalizers !== undefined) limit.throwIfAborted();
    });

    it("kubectl drain, which evicts", async () => {
      await create("drained", { nodeName: node });
      await mustAs("owner", ["label", "pod", "drained", "drain=yes"]);
      const draining = kubectl("drain", node, "--force", "--timeout=120s", "--pod-selector=drain");
      await kubectl("wait", "pod/drained", "--for=jsonpath={.metadata.deletionTimestamp}", "--timeout=60s");
      await setPhase("drained", "Failed");
      await mustAs("kubelet", ["delete", "pod", "drained", "--grace-period=0", "--force", "--timeout=60s"]);
      await draining;
    });

    it("a kubelet its mirror pod, which no webhook sees", async () => {
      const annotations = { ...request({ name: "blue" }), "kubernetes.io/config.mirror": "hash" };
      const { uid } = ((await stack.plane.kubectl.get(["node", node])) as KubeObject).metadata;
      const owner = { apiVersion: "v1", kind: "Node", name: node, uid, controller: true };
      const spec = { nodeName: node, automountServiceAccountToken: false, enableServiceLinks: false };
      const pod = podManifest({ name: "static", annotations, spec }) as KubeObject;
      const mirror = { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
      await mustAs("kubelet", ["create", "-f", "-"], mirror);
      await setPhase("static", "Running");
      await mustAs("kubelet", ["delete", "pod", "static", "--grace-period=0", "--force", "--timeout=60s"]);
    });

    it("what they write on a pod that is older than the installation", async () => {
      await mustAs("owner", ["label", "pod", "older", "team=blue"]);
      await setPhase("older", "Running");
      const { stderr } = await patch("owner", "older", removed(keys.result.key));
      assert.match(stderr, /nobody else writes them/);
      await kubectl("delete", "pod", "older", "--grace-period=0", "--force", "--timeout=60s");
    });
  });

  it("lets a cluster administrator take the finalizer off", async () => {
    await create("stuck");
    await kubectl("patch", "pod", "stuck", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
  });

  it("warns a cluster administrator that nothing happens by a changed request, and says nothing of other changes", async () => {
    await create("edited");
    const change = (metadata: object, ...more: readonly string[]) =>
      stack.plane.kubectl.run(["patch", "pod", "edited", "--type=merge", "-p", JSON.stringify({ metadata }), ...more]);
    await until(async () =>
      (await change(changed(keys.earlyRoutes.key))).stderr.includes("nothing happens by this change"),
    );
    for (const key of [keys.request.key, keys.earlyRequest.key]) {
      const { code, stderr } = await change(changed(key));
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Warning: .*ovn4nfv-pod-edits.*nothing happens by this change: .*create it again/);
    }
    assert.match(
      (await change(changed(keys.multusNetworks.key), "--subresource=status")).stderr,
      /Warning: .*when the sandbox of the pod is made/,
    );
    const { stderr } = await change({ labels: { team: "blue" } });
    assert.equal(stderr, "");
  });

  describe("refuses on create", () => {
    before(async () => {
      await kubectl("delete", "mutatingwebhookconfiguration", "zz-ovn4nfv");
      const limit = AbortSignal.timeout(60_000);
      const manifest = podManifest({ name: "probe", annotations: request({ name: "blue" }) });
      while (
        !(await as("owner", ["create", "--dry-run=server", "-f", "-"], manifest)).stderr.includes("was not called")
      )
        limit.throwIfAborted();
    });

    const rows: readonly (readonly [what: string, pod: Parameters<typeof podManifest>[0], says: RegExp])[] = [
      ["a request that the webhook did not see", { annotations: request({ name: "blue" }) }, /was not called for it/],
      ["a result alone", { annotations: { [keys.result.key]: "[]" } }, /a part of an allocation only/],
      ["a label alone", { labels: { [keys.allocation.key]: "x" } }, /a part of an allocation only/],
      ["a finalizer alone", { finalizers: [keys.finalizer.key] }, /a part of an allocation only/],
      [
        "the network of the host",
        {
          annotations: { ...request({ name: "blue" }), [keys.result.key]: "[]", [keys.token.key]: "t" },
          labels: { [keys.allocation.key]: "x" },
          finalizers: [keys.finalizer.key],
          spec: { hostNetwork: true },
        },
        /hostNetwork has no interfaces of its own/,
      ],
    ];
    for (const [what, pod, says] of rows) {
      it(what, async () => {
        const { code, stderr } = await as("owner", ["create", "-f", "-"], podManifest({ name: "wrong", ...pod }));
        assert.equal(code, 1);
        assert.match(stderr, says);
      });
    }

    it("nothing in the namespaces that the webhook leaves alone, and no pod without a key of ours", async () => {
      const manifest = podManifest({ name: "own", namespace: "kube-system", annotations: request({ name: "blue" }) });
      await stack.plane.kubectl.apply([manifest]);
      await mustAs("owner", ["create", "-f", "-"], podManifest({ name: "nothing", spec: { hostNetwork: true } }));
    });
  });

  /** Writes a pod through pods/status, like kubelet and Multus. */
  async function writeStatus(user: keyof typeof users, name: string, change: (pod: KubeObject) => object) {
    const path = `/api/v1/namespaces/default/pods/${name}/status`;
    await until(async () => {
      const pod = await getPod(name);
      const { code, stderr } = await as(user, ["replace", "--raw", path, "-f", "-"], { ...pod, ...change(pod) });
      // Somebody else may have written between the read and the write.
      assert.ok(code === 0 || stderr.includes("the object has been modified"), stderr);
      return code === 0;
    });
  }

  async function setPhase(name: string, phase: string): Promise<void> {
    await writeStatus("kubelet", name, ({ status }) => ({ status: { ...(status as object), phase } }));
  }
});

/** Creates a pod as Nodus left it: with a request and a result, and without our marks. */
async function createOlderPod({ kubectl }: ControlPlane): Promise<void> {
  const annotations = { ...request({ name: "blue" }), [keys.result.key]: "[]" };
  await kubectl.apply([podManifest({ name: "older", annotations, spec: { nodeName: node } })]);
}

async function createNode({ kubectl }: ControlPlane): Promise<void> {
  await kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: node } }]);
  const room = { cpu: "4", memory: "8Gi", pods: "110" };
  const status = {
    capacity: room,
    allocatable: room,
    conditions: [{ type: "Ready", status: "True", reason: "Test", lastHeartbeatTime: new Date().toISOString() }],
  };
  await kubectl.must(["patch", "node", node, "--subresource=status", "-p", JSON.stringify({ status })]);
}

function specOf(pod: object): object {
  return (pod as { readonly spec: object }).spec;
}

/** A Role that gives everything in one namespace, also the right to bind and the rules of the guard's grant. */
const everythingInDefault = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "everything", namespace: "default" },
  rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
};
