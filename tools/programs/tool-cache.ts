// The real programs that tests and tools run: built once from Go modules, or installed from the system's packages.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type BuildJob, buildWithGo, type GoBuilder, hasGo } from "./go-build.ts";
import { MachineLock } from "../process/machine-lock.ts";
import { type Progress, stderrProgress } from "../process/progress.ts";
import { toolVersion } from "./tool-version.ts";
import { type GoModule, type ToolName, tools } from "./tools.ts";

export interface ToolCacheOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly progress?: Progress;
  readonly build?: GoBuilder;
}

/** The paths of the real programs, by name. */
export type ToolPaths<N extends ToolName = ToolName> = Readonly<Record<N, string>>;

/**
 * Returns the paths of the named programs: from KUBEBUILDER_ASSETS, or from the user's cache. A program that is in neither
 * is built, which takes minutes the first time. Throws `CommandFailed` when it cannot be built.
 */
export async function ensureTools<N extends ToolName>(
  names: readonly N[],
  options: ToolCacheOptions = {},
): Promise<ToolPaths<N>> {
  const { env = process.env, progress = stderrProgress(), build = buildWithGo } = options;
  if (missing(names, env).length > 0) {
    const lock = await MachineLock.acquire(`tools${cacheFolder(env)}`, (pid) => {
      progress.say(`waiting for process ${pid}, which builds tools into ${cacheFolder(env)}`);
    });
    try {
      // We check again, because the process before us may have built them.
      for (const [module, jobs] of await jobsByModule(missing(names, env), env)) await build(module, jobs, progress);
    } finally {
      lock.release();
    }
  }
  return Object.fromEntries(names.map((name) => [name, locate(name, env)])) as Record<N, string>;
}

/** For a test's `skip`: false when the tools are there or can be built, otherwise the reason. Always false with CI=true. */
export function whyToolsAreMissing(names: readonly ToolName[], env: NodeJS.ProcessEnv = process.env): string | false {
  const absent = missing(names, env);
  if (absent.length === 0 || hasGo(env) || env["CI"] === "true") return false;
  return `Go is not installed, and KUBEBUILDER_ASSETS and ${cacheFolder(env)} have no ${absent.join(", ")}`;
}

/** A folder of the user that outlives the repository. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CACHE_HOME"] || join(env["HOME"] ?? homedir(), ".cache"), "ovn4nfv");
}

function locate(name: ToolName, env: NodeJS.ProcessEnv): string {
  const assets = env["KUBEBUILDER_ASSETS"];
  const asset = assets ? join(assets, name) : undefined;
  return asset !== undefined && existsSync(asset) ? asset : cachePath(name, env);
}

function cachePath(name: ToolName, env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), name, toolVersion(tools[name]), name);
}

function missing<N extends ToolName>(names: readonly N[], env: NodeJS.ProcessEnv): readonly N[] {
  return names.filter((name) => !existsSync(locate(name, env)));
}

async function jobsByModule(
  names: readonly ToolName[],
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<GoModule, readonly BuildJob[]>> {
  const jobs = names.map((name) => ({ name, output: cachePath(name, env) }));
  for (const { output } of jobs) await mkdir(dirname(output), { recursive: true });
  return Map.groupBy(jobs, ({ name }) => tools[name].module);
}
