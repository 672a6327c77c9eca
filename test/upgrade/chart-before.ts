import { join } from "node:path";
import { mustRun } from "#tools/process/command.ts";
import { treeOf } from "./release-before.ts";

/** The commit at which version 0.2.0 got its section of the changelog: the first version with a chart. */
const commit = "07b31f2d374c0dd302c0f0a2137c75af857d9dcb";
const withinMs = 600_000;

/** Makes the chart of the version before and its image, by its own commands, in `folder`. */
export async function chartBefore(folder: string): Promise<{ readonly chart: string; readonly image: string }> {
  const tree = await treeOf(commit);
  const image = join(folder, "before.tar");
  const run = (...args: readonly string[]): Promise<string> =>
    mustRun(process.execPath, ["tools/start.mjs", ...args], { cwd: tree, timeoutMs: withinMs });
  await run("image", image);
  await run("chart", folder);
  return { chart: join(folder, "ovn4nfv"), image };
}
