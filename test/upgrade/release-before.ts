import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mustRun } from "#tools/process/command.ts";
import { stderrProgress } from "#tools/process/progress.ts";
import { cacheFolder } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";

/** The release before this one: version 0.1.0. */
const commit = "7a477e4699209a16c0edb83dbe81501931c3cacd";

/** A busy machine takes minutes for hundreds of packages. */
const installWithinMs = 600_000;

/**
 * Gives the file that Node runs for the release before: its sources with its locked packages, taken from git into the tool cache once.
 * Throws `CommandFailed` in a clone whose history does not reach that far.
 */
export async function releaseBefore(): Promise<string> {
  return join(await treeOf(commit), "src/main.ts");
}

/** The folder with the tree of a commit and its locked packages. Throws as `releaseBefore` does. */
export async function treeOf(id: string): Promise<string> {
  const folder = join(cacheFolder(process.env), "release-before", id);
  if (!existsSync(folder)) await unpack(folder, id);
  return folder;
}

async function unpack(folder: string, id: string): Promise<void> {
  const progress = stderrProgress();
  progress.say(`the release before, ${id}, with its packages`);
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    const archive = join(unfinished, "sources.tar");
    await mustRun("git", ["-C", root, "archive", "--format=tar", `--output=${archive}`, id]);
    await mustRun("tar", ["-xf", archive, "-C", unfinished]);
    await rm(archive);
    await mustRun("npm", ["ci", "--prefix", unfinished, "--ignore-scripts", "--no-audit", "--no-fund"], {
      timeoutMs: installWithinMs,
    });
    await rename(unfinished, folder);
  } catch (caught) {
    await rm(unfinished, { recursive: true, force: true });
    throw caught;
  }
}
