import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "#tools/image/image.ts";
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
    const { kubectl } = lab.controlPlane;
    const manifests = kubectl.must(["apply", "-k", join(root, "deploy/overlays/lab")]);
    await Promise.all([buildProductImage().then((image) => importImage(lab, "ovn4nfv", image)), manifests]);
  },
  async whenReady({ controlPlane: { kubectl } }) {
    const wait = async (name: string): Promise<unknown> =>
      kubectl.must(["rollout", "status", "-n", systemNamespace, "--timeout=180s", name]);
    await Promise.all(workloads.map(wait));
  },
};

/** Puts an image on every node. */
export async function importImage(lab: Lab, name: string, { archive }: Image): Promise<void> {
  const path = join(lab.subfolder("images"), `${name}.tar`);
  await writeFile(path, archive);
  await Promise.all(lab.nodes.map((node) => node.importImage(path)));
}
