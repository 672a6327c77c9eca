import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "#tools/image/image.ts";
import { buildOvnImage } from "#tools/image/ovn-image.ts";
import { buildProductImage } from "#tools/image/product-image.ts";
import { root } from "#tools/source-files.ts";
import { systemNamespace } from "../kubernetes/identities.ts";
import type { Lab, LabAddOn } from "./lab.ts";

const workloads = [
  "deployment/ovn4nfv-webhook",
  "deployment/ovn4nfv-cainjector",
  "deployment/ovn4nfv-controller",
  "daemonset/ovn4nfv-agent",
];

/** The product as an operator installs it: its image on the nodes, and `kubectl apply -k deploy/overlays/lab`. */
export const ovn4nfvAddOn: LabAddOn = {
  title: "ovn4nfv",
  async install(lab) {
    await Promise.all([importProduct(lab), applyOverlay(lab, "lab")]);
  },
  async whenReady(lab) {
    await rolledOut(lab, workloads, 180);
    await spread(lab);
  },
};

/** The node that is Ready first may have got all replicas. The place of one that is deleted is taken by one on another node. */
async function spread(lab: Lab): Promise<void> {
  const { kubectl } = lab.controlPlane;
  for (const name of lab.nodes.length > 1 ? ["ovn4nfv-webhook", "ovn4nfv-controller"] : []) {
    const replicas = ["get", "pods", `--namespace=${systemNamespace}`, `--selector=app.kubernetes.io/name=${name}`];
    const listed = await kubectl.must([
      ...replicas,
      "-o",
      'jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName}{"\\n"}{end}',
    ]);
    const placed = listed
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    const [[pod = ""] = []] = placed;
    if (placed.length < 2 || new Set(placed.map(([, node]) => node)).size > 1) continue;
    await kubectl.must(["delete", "pod", `--namespace=${systemNamespace}`, pod]);
    await rolledOut(lab, [`deployment/${name}`], 180);
  }
}

const ovnWorkloads = ["deployment/ovn4nfv-ovn-certificates", "statefulset/ovn-central", "daemonset/ovn-host"];
/** Folders of nodes with databases and backups, as deploy/overlays/lab-with-ovn names them. */
const disks = ["/var/lib/ovn-databases", "/var/lib/ovn-backups"];

/** Brings all that somebody needs who installs the product with OVN: both images, and disks for volumes. */
export const ovn4nfvNeedsAddOn: LabAddOn = {
  title: "images of ovn4nfv and OVN",
  async install(lab) {
    await Promise.all(lab.nodes.map(({ machine }) => machine.must("mkdir", ["-p", ...disks])));
    const ovn = buildOvnImage().then((image) => importImage(lab, "ovn", image));
    await Promise.all([importProduct(lab), ovn]);
  },
};

/** The same with OVN in pods, for a lab whose machines have none: `kubectl apply -k deploy/overlays/lab-with-ovn`. */
export const ovn4nfvWithOvnAddOn: LabAddOn = {
  title: "ovn4nfv with OVN",
  async install(lab) {
    await Promise.all([ovn4nfvNeedsAddOn.install(lab), applyOverlay(lab, "lab-with-ovn")]);
  },
  whenReady: (lab) => rolledOut(lab, [...ovnWorkloads, ...workloads], 600),
};

async function importProduct(lab: Lab): Promise<void> {
  await importImage(lab, "ovn4nfv", await buildProductImage());
}

async function applyOverlay({ controlPlane: { kubectl } }: Lab, overlay: string): Promise<void> {
  await kubectl.must(["apply", "-k", join(root, "deploy/overlays", overlay)]);
}

async function rolledOut({ controlPlane: { kubectl } }: Lab, names: readonly string[], limitS: number): Promise<void> {
  const wait = async (name: string): Promise<unknown> =>
    kubectl.must(["rollout", "status", "-n", systemNamespace, `--timeout=${limitS}s`, name], {
      timeoutMs: (limitS + 10) * 1_000,
    });
  await Promise.all(names.map(wait));
}

/** Puts an image on every node. */
export async function importImage(lab: Lab, name: string, { archive }: Image): Promise<void> {
  const path = join(lab.subfolder("images"), `${name}.tar`);
  await writeFile(path, archive);
  await Promise.all(lab.nodes.map((node) => node.importImage(path)));
}
