import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { AppError } from "#src/core/errors.ts";
import { mustRun } from "../process/command.ts";
import { buildArguments, wrapperGoMod } from "./go-module.ts";
import type { Progress } from "../process/progress.ts";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { ownSources } from "./tool-version.ts";
import { type GoModule, type Tool, type ToolName, tools } from "./tools.ts";

const buildTimeoutMs = 45 * 60_000;

/** One program, and the path that it gets. */
export interface BuildJob {
  readonly name: ToolName;
  readonly output: string;
}

/** Builds programs of one module. */
export type GoBuilder = (module: GoModule, jobs: readonly BuildJob[], progress: Progress) => Promise<void>;

export function hasGo(env: NodeJS.ProcessEnv = process.env): boolean {
  return (env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "go")));
}

/** Builds with the Go on PATH, from the module proxy, with the user's module and build caches. */
export const buildWithGo: GoBuilder = async (module, jobs, progress) => {
  if (!hasGo()) {
    const names = jobs.map(({ name }) => name).join(", ");
    throw new AppError(
      "CommandFailed",
      `Go is not installed, and ${names} of ${module.path} ${module.version} must be built; ` +
        "install Go 1.24 or later, or point KUBEBUILDER_ASSETS to a folder with the programs",
    );
  }
  using folder = createTemporaryFolder("build");
  const env = { ...process.env, GOFLAGS: "-mod=mod", CGO_ENABLED: module.cgo === true ? "1" : "0", GOWORK: "off" };
  const go = (args: readonly string[], detail: (text: string) => void) =>
    // The build ends when we do, even when we are killed.
    mustRun("setpriv", ["--pdeathsig", "KILL", "--", "go", ...args], {
      env,
      cwd: folder.path,
      timeoutMs: buildTimeoutMs,
      onStderr: (text) => {
        detail(text.trimEnd().split("\n").at(-1) ?? "");
      },
    });
  await progress.during(`${module.path} ${module.version}: modules`, async (detail) => {
    const answer = await go(["mod", "download", "-json", `${module.path}@${module.version}`], detail);
    const { GoMod: goMod } = JSON.parse(answer) as { GoMod: string };
    await writeFile(join(folder.path, "go.mod"), wrapperGoMod(module, await readFile(goMod, "utf8")));
    await go(["get", ...jobs.map(({ name }) => `${tools[name].package}@${module.version}`)], detail);
  });
  for (const { name, output } of jobs) {
    const tool: Tool = tools[name];
    await progress.during(`${name} ${module.version}: build of ${tool.source ?? tool.package}`, async (detail) => {
      const built = join(folder.path, "built");
      await go(buildArguments({ module, package: await packageOf(tool, name, folder.path) }, built), detail);
      await moveInto(built, output);
    });
  }
};

/** The package to build: one of the module, or a program of ours, which is put into the folder. */
async function packageOf({ source, package: path }: Tool, name: string, folder: string): Promise<string> {
  if (source === undefined) return path;
  await mkdir(join(folder, name));
  await copyFile(join(ownSources, source), join(folder, name, "main.go"));
  return `./${name}`;
}

/** Moves a finished file to its place in one step. The temporary folder may be on another file system. */
async function moveInto(built: string, output: string): Promise<void> {
  const beside = `${output}.${process.pid}`;
  await mustRun("cp", [built, beside]);
  await rename(beside, output);
}
