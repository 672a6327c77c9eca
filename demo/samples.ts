// Reads deploy/samples for the demo and the tests: the networks in the header of each file, and the pods.
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { readManifests } from "#src/commands/admit/manifest-files.ts";
import { podOf } from "#src/pods/workload/pod-template.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { root } from "#tools/source-files.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";

/** Paths of all samples, the simplest first. */
export const sampleFiles: readonly string[] = ["one-interface", "dual-stack", "routes", "deployment"].map((name) =>
  join(root, "deploy/samples", `${name}.yaml`),
);

/** Every sample on disk, for comparison with the list above. */
export function filesOnDisk(): readonly string[] {
  return globSync("deploy/samples/*.yaml", { cwd: root }).map((path) => join(root, path));
}

export function sampleName(path: string): string {
  return basename(path, ".yaml");
}

/** The commands in the header of a sample that make its networks. */
export function networkScript(path: string): string {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines
    .filter((line) => /^# +ovn-nbctl /.test(line))
    .map((line) => line.replace(/^# +/, ""))
    .join("\n");
}

/** Runs a script of ovn-nbctl lines against a database, as the reader of a sample would. */
export async function runNetworkScript(script: string, endpoint: string): Promise<void> {
  const path = `${dirname(ovnBinary("ovn-nbctl"))}:${process.env["PATH"] ?? ""}`;
  await mustRun("sh", ["-ec", script], { env: { ...process.env, PATH: path, OVN_NB_DB: endpoint } });
}

/** The pods that a sample makes: for a workload as many as it has replicas. */
export async function samplePods(path: string): Promise<readonly JsonObject[]> {
  const manifests = await readManifests([path], Readable.from([]));
  return manifests.flatMap(({ kind, object }) => {
    const pod = podOf(kind, object, "default");
    const { replicas = 1 } = (object["spec"] ?? {}) as { readonly replicas?: number };
    return pod === undefined ? [] : Array.from({ length: replicas }, () => pod);
  });
}
