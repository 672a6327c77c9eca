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
  whenReady: (lab) => rolledOut(lab, workloads, 180),
};

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
