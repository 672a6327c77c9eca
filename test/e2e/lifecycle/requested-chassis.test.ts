// The agent of a node says which chassis it has, nobody else may, and the controller pins ports to it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { printKubeconfig } from "#lab/kubernetes/kubeconfig.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import type { CommandResult } from "#tools/process/command.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const agentAccount = "ovn4nfv-agent";
const ovnNode = (name: string) => ({
  apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
  kind: "OvnNode",
  metadata: { name },
});

describe("the chassis that a port requests", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  /** Kubeconfigs with a token of the agents' account: of its pods on two nodes, and of no pod. */
  const agents = { n1: "", n2: "", unbound: "" };
  before(async () => {
    stack = await AdmissionStack.start();
    const { plane } = stack;
    await stack.addSwitch("blue", "10.1.0.0/24");
    await plane.administrator.apply(["deploy/crds/ovnnodes.yaml", "deploy/base/nodes.yaml"].flatMap(readManifests));
    await plane.administrator.established("ovnnodes.k8s.plugin.opnfv.org");
    for (const node of ["n1", "n2"] as const) agents[node] = await agentOn(node);
    agents.unbound = stack.identities.agent;
    controller = controllerProcess(stack);
    await controller.start();
    await untilGuarded();
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  const as = (agent: keyof typeof agents, args: readonly string[], input?: object): Promise<CommandResult> =>
    stack.plane.kubectl.run(args, {
      kubeconfig: agents[agent],
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    });
  const create = (agent: keyof typeof agents, object: object) => as(agent, ["create", "-f", "-"], object);
  /** Writes a status as an agent does: by one patch, without a read. The outcome is that of `run` of kubectl. */
  async function write(agent: keyof typeof agents | "admin", name: string, systemId: string) {
    const path = agent === "admin" ? stack.plane.adminKubeconfig : agents[agent];
    const parts = {
      config: loadKubeConfig({ path }),
      clock: systemClock,
      metrics: createMetrics(),
      userAgent: "e2e/1",
    };
    const client = new HttpsApiClient(parts);
    try {
      const options = { subresource: "status" };
      await new ResourceApi(client, resources.ovnNodes).patch({ name }, "merge", { status: { systemId } }, options);
      return { code: 0, stderr: "" };
    } catch (caught) {
      return { code: 1, stderr: fromUnknown(caught).message };
    } finally {
      client.close();
    }
  }

  /** Makes a Node with a pod of the agents on it, and takes the token that its kubelet would ask for. */
  async function agentOn(node: string): Promise<string> {
    const name = `agent-${node}`;
    const metadata = { name, namespace: systemNamespace };
    const spec = {
      nodeName: node,
      serviceAccountName: agentAccount,
      automountServiceAccountToken: false,
      containers: [{ name: "agent", image: "ovn4nfv" }],
    };
    await stack.plane.kubectl.apply([
      { apiVersion: "v1", kind: "Node", metadata: { name: node } },
      { apiVersion: "v1", kind: "Pod", metadata, spec },
    ]);
    const bound = ["--bound-object-kind=Pod", `--bound-object-name=${name}`];
    const token = (await kubectl("create", "token", agentAccount, `-n${systemNamespace}`, ...bound)).trim();
    const path = join(stack.plane.folder, `${name}.kubeconfig`);
    const { server, authority } = stack.plane;
    await writeFile(path, printKubeconfig(server, authority.certificate, { token }), { mode: 0o600 });
    return path;
  }

  /** Waits until the API server uses a new policy, which is some moments later. */
  async function untilGuarded(): Promise<void> {
    await until(async () => {
      const { code } = await as("n1", ["create", "--dry-run=server", "-f", "-"], ovnNode("probe"));
      return code !== 0;
    });
  }

  describe("is told by the agent of its node", () => {
    it("which makes and writes the object of that node", async () => {
      const owner = (await stack.plane.kubectl.get(["node", "n1"])) as KubeObject;
      const owned = { apiVersion: "v1", kind: "Node", name: "n1", uid: owner.metadata.uid };
      const made = await create("n1", { ...ovnNode("n1"), metadata: { name: "n1", ownerReferences: [owned] } });
      assert.equal(made.code, 0, made.stderr);
      const written = await write("n1", "n1", "chassis-1");
      assert.equal(written.code, 0, written.stderr);
      const again = await create("n2", ovnNode("n2"));
      assert.equal(again.code, 0, again.stderr);
    });

    const refused = async (result: Promise<Pick<CommandResult, "code" | "stderr">>, says: RegExp): Promise<void> => {
      const { code, stderr } = await result;
      assert.equal(code, 1);
      assert.match(stderr, says);
    };

    it("which may neither make nor write the object of another node", async () => {
      const says = /an agent on the node n1 may write the OvnNode of that node only, not n[23]/;
      await refused(create("n1", ovnNode("n3")), says);
      await refused(write("n1", "n2", "chassis-1"), says);
      await refused(
        as("n1", ["patch", "ovnnode", "n2", "--type=merge", "-p", '{"metadata":{"labels":{"a":"b"}}}']),
        /forbidden/,
      );
      await refused(as("n1", ["delete", "ovnnode", "n2"]), /forbidden/);
    });

    it("and by no token that does not say on which node its pod runs, as before Kubernetes 1.30", async () => {
      const says = /the token does not say on which node its pod runs.*Kubernetes 1.30/s;
      await refused(create("unbound", ovnNode("n3")), says);
      await refused(write("unbound", "n2", "chassis-1"), says);
    });

    it("and an object belongs to the Node of its name only", async () => {
      await kubectl("delete", "ovnnode", "n2");
      const other = { apiVersion: "v1", kind: "Node", name: "n1", uid: "some" };
      const object = { ...ovnNode("n2"), metadata: { name: "n2", ownerReferences: [other] } };
      await refused(create("n2", object), /the owner of an OvnNode is the Node of its name/);
    });

    it("while an administrator may correct what an agent wrote", async () => {
      assert.equal((await write("admin", "n1", "chassis-0")).code, 0);
      await write("n1", "n1", "chassis-1");
    });

    it("and is one id, not a list of them", async () => {
      await refused(write("n1", "n1", "chassis-1,chassis-2"), /status.systemId/);
    });
  });

  describe("is that of the node of its pod", () => {
    const idOf = ({ metadata }: KubeObject) => metadata.labels?.[annotationKeys.allocation.key] ?? "";
    const portsOf = async (pod: KubeObject) =>
      (await stack.world()).nb.ports.filter(({ name }) => name.startsWith(idOf(pod)));
    const requested = async (pod: KubeObject) =>
      (await portsOf(pod)).map(({ options }) => options.get("requested-chassis") ?? "none").join();
    const requests = (pod: KubeObject, chassis: string) => until(async () => (await requested(pod)) === chassis);
    const run = (name: string, spec: object) =>
      stack.create(podManifest({ name, annotations: request({ name: "blue" }), spec }));
    let onNode: KubeObject;

    it("once the pod is stored with a node", async () => {
      onNode = await run("on-node", { nodeName: "n1" });
      await requests(onNode, "chassis-1");
    });

    it("once a pod is scheduled that was bound to its port before", async () => {
      const later = await run("later", { schedulerName: "nobody" });
      const uid = "k8s.plugin.opnfv.org/pod-uid";
      await until(async () => (await portsOf(later))[0]?.externalIds.get(uid) === later.metadata.uid);
      assert.equal(await requested(later), "none");
      await stack.client.request({
        method: "POST",
        path: "/api/v1/namespaces/default/pods/later/binding",
        body: { apiVersion: "v1", kind: "Binding", metadata: { name: "later" }, target: { kind: "Node", name: "n1" } },
      });
      await requests(later, "chassis-1");
    });

    it("and none while the node has published none", async () => {
      const unknown = await run("unknown", { nodeName: "n2" });
      const uid = "k8s.plugin.opnfv.org/pod-uid";
      await until(async () => (await portsOf(unknown))[0]?.externalIds.get(uid) === unknown.metadata.uid);
      assert.equal(await requested(unknown), "none");
      await create("n2", ovnNode("n2"));
      await write("n2", "n2", "chassis-2");
      await requests(unknown, "chassis-2");
    });

    it("also when the node gets another chassis, as after it was installed anew", async () => {
      await write("n1", "n1", "chassis-9");
      await requests(onNode, "chassis-9");
    });

    it("again when somebody changed it, when the port was lost, and when it was edited", async () => {
      const [port] = await portsOf(onNode);
      assert.ok(port);
      const nb = stack.nb.join(",");
      await nbctl(nb, "set", "logical_switch_port", port.name, "options:requested-chassis=chassis-2");
      await requests(onNode, "chassis-9");
      await nbctl(nb, "remove", "logical_switch_port", port.name, "options", "requested-chassis");
      await requests(onNode, "chassis-9");
      await nbctl(nb, "lsp-set-addresses", port.name, "0a:00:00:00:00:01 10.1.0.77");
      await until(async () => (await portsOf(onNode))[0]?.addresses.join() === port.addresses.join());
      assert.equal(await requested(onNode), "chassis-9");
      await nbctl(nb, "lsp-del", port.name);
      await requests(onNode, "chassis-9");
    });

    it("and nothing of that is drift", async () => {
      const { code, stdout, stderr } = await runCheck(stack);
      assert.equal(code, 0, stdout + stderr);
    });

    it("and none any more when the object is deleted, which frees the pods of a node whose id was wrong", async () => {
      await kubectl("delete", "ovnnode", "n1");
      await requests(onNode, "none");
    });
  });
});
