import { realpathSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { mustRun } from "../process/command.ts";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { ensureTools } from "../programs/tool-cache.ts";
import { root } from "../source-files.ts";

/** Gives the manifest that kubectl builds of a folder, by its path in the repository. */
export async function buildFolder(path: string): Promise<string> {
  return runKustomize(`${root}/${path}`);
}

/** Gives the manifest of resources and components together, by their paths in deploy, with these patches. */
export async function buildTogether(parts: {
  readonly resources: readonly string[];
  readonly components: readonly string[];
  readonly patches?: readonly object[];
}): Promise<string> {
  using folder = createTemporaryFolder("kustomize");
  // Kustomize takes no absolute paths.
  const deploy = `${relative(realpathSync(folder.path), root)}/deploy`;
  const [resources, components] = [parts.resources, parts.components].map((all) =>
    all.map((one) => `${deploy}/${one}`),
  );
  const { patches = [] } = parts;
  writeFileSync(join(folder.path, "kustomization.yaml"), JSON.stringify({ resources, components, patches }));
  // The folder lives until the answer is there.
  return await runKustomize(folder.path, "--load-restrictor=LoadRestrictionsNone");
}

async function runKustomize(folder: string, ...flags: readonly string[]): Promise<string> {
  const { kubectl } = await ensureTools(["kubectl"]);
  return mustRun(kubectl, ["kustomize", folder, ...flags]);
}
