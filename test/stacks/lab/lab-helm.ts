// Helm in a lab, and what an installation has left in its cluster.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Lab } from "#lab/cluster/lab.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { chartFiles } from "#tools/chart/chart-files.ts";
import { mustRun } from "#tools/process/command.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";

const helmMs = 400_000;
const ours = /ovn4nfv|ovn-central|ovn-host|opnfv\.org/;
/** Events outlive what they tell of for an hour, and the answers to nodes' requests for certificates are collected by the cluster. */
const passing = /^(event|certificatesigningrequest)/;

/** Writes the chart of this tree into a folder below `folder`. */
export async function writeChart(folder: string): Promise<string> {
  const chart = join(folder, "this");
  for (const [path, text] of await chartFiles()) {
    mkdirSync(dirname(join(chart, path)), { recursive: true });
    writeFileSync(join(chart, path), text);
  }
  return chart;
}

/** Runs Helm for the release in the namespace of the product. */
export async function helm(lab: Lab, ...args: readonly string[]): Promise<string> {
  const tools = await ensureTools(["helm"]);
  const target = [`--namespace=${systemNamespace}`, `--kubeconfig=${lab.controlPlane.adminKubeconfig}`];
  return mustRun(tools.helm, [...args, ...target], { timeoutMs: helmMs, namespaces: lab.center.namespaces });
}

/** Makes the namespace of the product, whose pods may use the network of their nodes. */
export async function makeSystemNamespace({ controlPlane: { kubectl } }: Lab): Promise<void> {
  await kubectl.must(["create", "namespace", systemNamespace]);
  await kubectl.must(["label", "namespace", systemNamespace, "pod-security.kubernetes.io/enforce=privileged"]);
}

/** All objects of the cluster that are ours by their names, or of a kind of ours. */
export async function ourObjects({ controlPlane: { kubectl } }: Lab): Promise<readonly string[]> {
  const kinds = (await kubectl.must(["api-resources", "--verbs=list", "-o", "name"])).split("\n").filter(Boolean);
  const columns = '{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const found = await Promise.all(
    kinds
      .filter((kind) => !passing.test(kind))
      .map(async (kind) => {
        const listed = await kubectl.must(["get", kind, "-A", "-o", `jsonpath=${columns}`]);
        return listed.split("\n").filter((line) => ours.test(line) || (line !== "" && ours.test(kind)));
      }),
  );
  return found.flat().sort();
}
