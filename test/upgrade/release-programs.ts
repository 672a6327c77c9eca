import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileProgram } from "#cni/compile.ts";
import { root } from "#tools/source-files.ts";
import type { Release } from "#tools/docs/skew.ts";
import { releaseBefore } from "./release-before.ts";

/** The file that Node runs for a release. */
export async function programOf(release: Release): Promise<string> {
  return release === "before" ? releaseBefore() : join(root, "src/main.ts");
}

/** Compiles the shim of one release and `ovn4nfv-netlink` of another, which is that of the agent, into a folder. */
export async function compileFor(agent: Release, shim: Release, parent: string): Promise<string> {
  const folder = join(parent, `${agent}-${shim}`);
  await mkdir(folder, { recursive: true });
  await (await compilerOf(shim))("ovn4nfv-cni", folder);
  await (await compilerOf(agent))("ovn4nfv-netlink", folder);
  return folder;
}

/** Each release compiles by flags of its own. */
async function compilerOf(release: Release): Promise<typeof compileProgram> {
  if (release === "this") return compileProgram;
  const file = join(dirname(await releaseBefore()), "../cni/compile.ts");
  return ((await import(pathToFileURL(file).href)) as { readonly compileProgram: typeof compileProgram })
    .compileProgram;
}
