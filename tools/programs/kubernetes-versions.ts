import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../process/command.ts";
import { MachineLock } from "../process/machine-lock.ts";
import { type Progress, stderrProgress } from "../process/progress.ts";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { buildWithGo, type GoBuilder } from "./go-build.ts";
import { cacheFolder } from "./tool-cache.ts";
import { kubernetesModule } from "./tools.ts";

/** The programs of Kubernetes in a control plane. Its etcd is that of the tool cache. */
const programs = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"] as const;
/** The oldest minor version of Kubernetes 1 whose control plane is tried. */
const oldestMinor = 32;

/** The newest release of each minor version that is tried, the oldest first. The module proxy is asked once. */
export async function publishedKubernetes(): Promise<readonly string[]> {
  using folder = createTemporaryFolder("versions");
  const env = { ...process.env, GOFLAGS: "-mod=mod", GOWORK: "off" };
  const args = ["list", "-m", "-versions", "k8s.io/kubernetes"];
  return newestPatches(await mustRun("go", args, { cwd: folder.path, env }), oldestMinor);
}

/** Reads the versions that `go list -m -versions` printed. Versions before a release, as `v1.38.0-rc.1`, do not count. */
export function newestPatches(listed: string, fromMinor: number): readonly string[] {
  const newest = new Map<number, number>();
  for (const word of listed.split(/\s+/)) {
    const [minor, patch] = (/^v1\.(\d+)\.(\d+)$/.exec(word)?.slice(1) ?? []).map(Number);
    if (minor === undefined || patch === undefined || minor < fromMinor) continue;
    newest.set(minor, Math.max(patch, newest.get(minor) ?? 0));
  }
  return [...newest].toSorted(([a], [b]) => a - b).map(([minor, patch]) => `v1.${minor}.${patch}`);
}

export interface KubernetesOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly progress?: Progress;
  readonly build?: GoBuilder;
}

/**
 * The folder with the control plane of a version, for KUBEBUILDER_ASSETS: from the user's cache, or built, which takes
 * minutes. Throws `CommandFailed` when it cannot be built.
 */
export async function ensureKubernetes(version: string, options: KubernetesOptions = {}): Promise<string> {
  const { env = process.env, progress = stderrProgress(), build = buildWithGo } = options;
  const folder = join(cacheFolder(env), "kubernetes", version);
  await mkdir(folder, { recursive: true });
  using _lock = await MachineLock.acquire(`tools${folder}`, (pid) => {
    progress.say(`waiting for process ${pid}, which builds Kubernetes ${version}`);
  });
  const jobs = programs
    .map((name) => ({ name, output: join(folder, name) }))
    .filter(({ output }) => !existsSync(output));
  if (jobs.length > 0) await build(kubernetesModule(version), jobs, progress);
  return folder;
}
