// `npm run release [-- FOLDER] [--commit NAME] [--url URL]`: everything that is published of a commit. It is made in a fresh clone, so
// that nothing of this checkout gets into it but what is committed.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { fromUnknown } from "#src/core/errors.ts";
import { mustRun } from "../process/command.ts";
import { stderrProgress } from "../process/progress.ts";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { root } from "../source-files.ts";
import { unreleasedProblems, versionProblems } from "./changelog.ts";
import { releaseFiles } from "./release-files.ts";

const usage = `usage: npm run release [-- FOLDER] [--commit NAME] [--url URL] [--here]

  FOLDER         where the files go; dist/release by default. It must not be there yet
  --commit NAME  the commit that is released; HEAD by default
  --url URL      where the files will be on the web, for the manifest of krew, which is of no use without it
  --here         releases this tree as it is, and not a commit: to look at what would be made`;

interface Options {
  readonly folder: string;
  readonly commit: string;
  readonly url: string | undefined;
  readonly here: boolean;
}

function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      commit: { type: "string", default: "HEAD" },
      url: { type: "string" },
      here: { type: "boolean", default: false },
    },
  });
  const given = positionals[0] ?? join(root, "dist/release");
  return { folder: resolve(process.env["INIT_CWD"] ?? ".", given), url: undefined, ...values };
}

/** Makes the release in a clone of the commit, which has packages of its own. */
async function releaseCommit({ folder, commit, url }: Options): Promise<void> {
  using clone = createTemporaryFolder("release");
  const path = join(clone.path, "tree");
  const id = (await mustRun("git", ["rev-parse", "--verify", `${commit}^{commit}`], { cwd: root })).trim();
  await mustRun("git", ["clone", "--quiet", "--no-checkout", root, path]);
  await mustRun("git", ["checkout", "--quiet", "--detach", id], { cwd: path });
  // It is looked at before minutes are spent on packages.
  await assertReleasable(path);
  const args = ["tools/start.mjs", "release", folder, "--here", ...(url === undefined ? [] : ["--url", url])];
  const onStderr = (text: string) => process.stderr.write(text);
  process.stdout.write(await mustRun(process.execPath, args, { cwd: path, timeoutMs: 1_200_000, onStderr }));
  console.log(`made from the commit ${id}`);
}

/** Gives the version of a tree. Throws with all reasons for which it cannot be released. */
async function assertReleasable(tree: string): Promise<string> {
  const text = (path: string): Promise<string> => readFile(join(tree, path), "utf8");
  const { version } = JSON.parse(await text("package.json")) as { readonly version: string };
  const chart = parse(await text("deploy/chart/Chart.yaml")) as {
    readonly version: string;
    readonly appVersion: string;
  };
  const versions = new Map([
    ["version in deploy/chart/Chart.yaml", chart.version],
    ["appVersion in deploy/chart/Chart.yaml", chart.appVersion],
  ]);
  const changelog = await text("CHANGELOG.md");
  const problems = [...versionProblems(version, changelog, versions), ...unreleasedProblems(version, changelog)];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return version;
}

async function releaseTree({ folder, url }: Options): Promise<void> {
  const version = await assertReleasable(root);
  const files = await releaseFiles(url ?? `https://releases.example/ovn4nfv/v${version}`, stderrProgress());
  // A folder of this name has all files, or is not there.
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(unfinished, name), bytes);
  await rename(unfinished, folder);
  console.log(files.get("SHA256SUMS")?.toString().trimEnd());
  console.log(`${files.size.toString()} files of ovn4nfv ${version} in ${folder}`);
  if (url === undefined) console.log("ovn4nfv.yaml names no real place: give --url for krew");
}

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (existsSync(options.folder)) throw new Error(`${options.folder} is there already: name a folder that is not`);
    await (options.here ? releaseTree(options) : releaseCommit(options));
    return 0;
  } catch (error) {
    console.error(fromUnknown(error).message);
    if (String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS")) console.error(usage);
    return 1;
  }
}

if (process.argv.includes("--help")) console.log(usage);
else process.exitCode = await main();
