// The chart asks the cluster before it makes anything: each cluster that it is not for says why, and nothing is left in it.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { writeChart } from "#test/stacks/lab/lab-helm.ts";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensureTools, whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

const own = ["--set=ovn.enabled=true"];
const yours = ["--set=northbound=tcp:192.0.2.1:6641"];
const container = { name: "c", image: "registry.example/none" };
const kubeOvn = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "kube-ovn-controller", namespace: "kube-system" },
  spec: {
    selector: { matchLabels: { app: "kube-ovn-controller" } },
    template: { metadata: { labels: { app: "kube-ovn-controller" } }, spec: { containers: [container] } },
  },
};
const ovnKubernetes = { apiVersion: "v1", kind: "Namespace", metadata: { name: "ovn-kubernetes" } };

describe("an installation by the chart", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("chart-refusals");
  let plane: ControlPlane;
  let [helm, chart] = ["", ""];
  before(async () => {
    ({ helm } = await ensureTools(["helm"]));
    mkdirSync(join(folder.path, "chart"));
    mkdirSync(join(folder.path, "plane"));
    chart = await writeChart(join(folder.path, "chart"));
    plane = await ControlPlane.start({ folder: join(folder.path, "plane") });
    await plane.kubectl.must(["create", "namespace", systemNamespace]);
  });
  after(async () => {
    await plane.stop();
    folder.remove();
  });

  const run = (...args: readonly string[]): Promise<CommandResult> => {
    const target = [`--namespace=${systemNamespace}`, `--kubeconfig=${plane.adminKubeconfig}`];
    return runCommand(helm, [...args, ...target], { timeoutMs: 120_000 });
  };
  const install = (set: readonly string[]) => run("install", "ovn4nfv", chart, ...set);

  async function assertRefused(set: readonly string[], says: RegExp): Promise<void> {
    const { code, stderr } = await install(set);
    assert.notEqual(code, 0);
    assert.match(stderr, says);
    // Helm stores a release in a Secret before it makes the first object.
    assert.equal(await plane.kubectl.must(["get", "secrets", "-n", systemNamespace, "-o", "name"]), "");
    assert.doesNotMatch(await plane.kubectl.must(["get", "clusterroles,crds", "-o", "name"]), /ovn4nfv|opnfv/);
  }

  it("is refused in a cluster without Multus", async () => {
    for (const set of [own, yours]) await assertRefused(set, /NetworkAttachmentDefinitions.*; install Multus first/);
  });

  it("is refused with OVN of our own beside Kube-OVN, where its database is taken", async () => {
    await plane.kubectl.apply([networkAttachmentDefinitionCrd, kubeOvn]);
    await plane.kubectl.established(networkAttachmentDefinitionCrd.metadata.name);
    await assertRefused(own, /ovn\.enabled true brings a second OVN, and this cluster has Kube-OVN/);
    const { code, stderr } = await run("install", "ovn4nfv", chart, ...yours, "--dry-run=server");
    assert.equal(code, 0, stderr);
  });

  it("is refused with OVN of our own beside ovn-kubernetes", async () => {
    await plane.kubectl.must(["delete", "deployment", "-n", "kube-system", "kube-ovn-controller"]);
    await plane.kubectl.apply([ovnKubernetes]);
    await assertRefused(own, /ovn\.enabled true brings a second OVN, and this cluster has ovn-kubernetes/);
  });

  it("makes all objects with each value that is not the default, as the API server reads them", async () => {
    const parts = ["apiPriority", "backup", "networkPolicy", "view"].map((part) => `--set=${part}.enabled=true`);
    const set = [
      "--set=northbound=tcp:192.0.2.1:6641",
      ...parts,
      "--set=agent.loopback=true",
      "--set=agent.maxSurge=5%",
    ];
    const { code, stderr } = await install(set);
    assert.equal(code, 0, stderr);
    const made = await plane.kubectl.must([
      "get",
      "prioritylevelconfigurations,cronjobs,deployments",
      "-A",
      "-o",
      "name",
    ]);
    for (const wanted of [
      /prioritylevelconfiguration\S*\/ovn4nfv/,
      /cronjob\S*\/ovn4nfv-backup/,
      /deployment\S*\/ovn4nfv-view/,
    ]) {
      assert.match(made, wanted);
    }
  });
});
