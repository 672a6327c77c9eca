// The chart over its versions, and the chart that brings OVN: what a user of Helm sees from the first pod until nothing is left.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Lab, whyLabCannotRun } from "#lab/cluster/lab.ts";
import { emptyLabAddOns } from "#lab/cluster/lab-add-ons.ts";
import { multusAddOn } from "#lab/cluster/multus.ts";
import { importImage } from "#lab/cluster/ovn4nfv-add-on.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { helm, makeSystemNamespace, ourObjects, writeChart } from "#test/stacks/lab/lab-helm.ts";
import { labPod, networkManifest } from "#test/stacks/lab/lab-stack.ts";
import { chartBefore } from "#test/upgrade/chart-before.ts";
import { buildProductImage, productImageName } from "#tools/image/product-image.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const waits = ["--wait", "--timeout=5m"];
const blue = { ipv4Subnets: [{ subnet: "10.10.0.0/24" }] };

/** Starts pods and reads what became of them. */
class LabPods {
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.#lab.controlPlane.kubectl.must(args, { timeoutMs: 300_000 });
  }

  async start(name: string, node: string): Promise<void> {
    await this.#lab.controlPlane.kubectl.apply([labPod(name, { node, interfaces: [{ name: "blue" }] })]);
    await this.kubectl("wait", `pod/${name}`, "--for=condition=Ready", "--timeout=180s");
  }

  result(name: string): Promise<string> {
    return this.kubectl(
      "get",
      "pod",
      name,
      "-o=jsonpath={.metadata.annotations.k8s\\.plugin\\.opnfv\\.org/ovnInterfaces}",
    );
  }

  async assertReaches(from: string, to: string): Promise<void> {
    const address = /10\.10\.0\.\d+/.exec(await this.result(to))?.[0];
    assert.ok(address !== undefined, `${to} has no address`);
    await this.kubectl("exec", from, "--", "ping", "-c", "3", "-W", "10", address);
  }

  /** The images of all our workloads. */
  async images(): Promise<readonly string[]> {
    const columns = '{range .items[*]}{range .spec.template.spec.containers[*]}{.image}{"\\n"}{end}{end}';
    const listed = await this.kubectl("get", "deployments,daemonsets", "-n", systemNamespace, `-o=jsonpath=${columns}`);
    return [...new Set(listed.split("\n").filter(Boolean))];
  }
}

describe("the chart of the version before", { skip: whyLabCannotRun() }, () => {
  const folder = createTemporaryFolder("chart-life");
  const older = `${productImageName}-before`;
  let lab: Lab;
  let pods: LabPods;
  let [chart, earlier] = ["", ""];
  before(async () => {
    const before = await chartBefore(folder.path);
    earlier = before.chart;
    chart = await writeChart(folder.path);
    const image = await buildProductImage();
    lab = await Lab.start({ addOns: [multusAddOn] });
    pods = new LabPods(lab);
    // Both versions have one number, and so both images one name.
    const full = (name: string): string => `docker.io/library/${name}`;
    for (const node of lab.nodes) {
      await node.importImage(before.image);
      const tag = ["--namespace=k8s.io", "images", "tag", "--force", full(productImageName), full(older)];
      await node.machine.must("ctr", tag);
    }
    await importImage(lab, "ovn4nfv", image);
    await makeSystemNamespace(lab);
  });
  after(async () => {
    await lab.stop();
    folder.remove();
  });

  it("is upgraded to this one, and back, and pods keep their addresses", async () => {
    const tag = `--set=image.tag=${older.split(":")[1] ?? ""}`;
    await helm(lab, "install", "ovn4nfv", earlier, "--set=northbound=tcp:192.0.2.1:6641", tag, ...waits);
    await lab.controlPlane.kubectl.apply([networkManifest("blue", blue)]);
    await pods.start("first", "n1");
    const results = [await pods.result("first")];
    assert.deepEqual(await pods.images(), [older]);

    await helm(lab, "upgrade", "ovn4nfv", chart, "--reset-then-reuse-values", "--set=image.tag=", ...waits);
    assert.deepEqual(await pods.images(), [productImageName]);
    await pods.start("second", "n2");
    await pods.assertReaches("second", "first");
    results.push(await pods.result("second"));
    assert.match(await helm(lab, "test", "ovn4nfv"), /Phase: +Succeeded/);

    await helm(lab, "rollback", "ovn4nfv", "1", ...waits);
    assert.deepEqual(await pods.images(), [older]);
    await pods.start("third", "n1");
    await pods.assertReaches("third", "second");
    assert.deepEqual([await pods.result("first"), await pods.result("second")], results);
  });

  it("leaves nothing in the cluster and in the database after the one that keeps no definitions", async () => {
    await helm(
      lab,
      "upgrade",
      "ovn4nfv",
      chart,
      "--reset-then-reuse-values",
      ...["image.tag=", "crds.keep=false"].map((one) => `--set=${one}`),
      ...waits,
    );
    await pods.kubectl("delete", "pod", "first", "second", "third", "--timeout=120s");
    await helm(lab, "uninstall", "ovn4nfv", ...waits);
    await pods.kubectl("delete", "namespace", systemNamespace, "--timeout=120s");
    assert.deepEqual(await ourObjects(lab), []);
    assert.equal((await lab.central.nbctl("--bare", "--columns=name", "list", "Logical_Switch")).trim(), "");
  });
});

describe("the chart with OVN of our own", { skip: whyLabCannotRun() }, () => {
  const folder = createTemporaryFolder("chart-with-ovn");
  let lab: Lab;
  let pods: LabPods;
  let earlier: readonly string[];
  before(async () => {
    mkdirSync(join(folder.path, "chart"));
    lab = await Lab.start({ isBare: true, addOns: emptyLabAddOns });
    pods = new LabPods(lab);
    earlier = await ourObjects(lab);
    await lab.controlPlane.kubectl.apply(readManifests("deploy/overlays/lab-with-ovn/volumes.yaml"));
    await makeSystemNamespace(lab);
  });
  after(async () => {
    await lab.stop();
    folder.remove();
  });

  it("connects the first pods of a cluster that had none, and passes its own test", async () => {
    const chart = await writeChart(join(folder.path, "chart"));
    const set = [
      "ovn.enabled=true",
      "ovn.datapath=userspace",
      "ovn.tunnelInterface=eth1",
      "backup.enabled=true",
      "crds.keep=false",
    ];
    await helm(lab, "install", "ovn4nfv", chart, ...set.map((one) => `--set=${one}`), ...waits);
    await lab.controlPlane.kubectl.apply([networkManifest("blue", blue)]);
    await Promise.all([pods.start("left", "n1"), pods.start("right", "n2")]);
    await pods.assertReaches("left", "right");
    assert.match(await helm(lab, "test", "ovn4nfv"), /Phase: +Succeeded/);
  });

  it("leaves nothing when it is uninstalled, but volumes, which go with the namespace", async () => {
    await pods.kubectl("delete", "pod", "left", "right", "--timeout=120s");
    await helm(lab, "uninstall", "ovn4nfv", ...waits);
    const left = await ourObjects(lab);
    assert.ok(left.includes("PersistentVolumeClaim ovn4nfv-system/databases-ovn-central-0"), left.join("\n"));
    await pods.kubectl("delete", "namespace", systemNamespace, "--timeout=120s");
    await pods.kubectl("delete", "persistentvolume", "ovn-databases", "ovn-backups");
    assert.deepEqual(await ourObjects(lab), earlier);
  });
});
