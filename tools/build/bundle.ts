// Bundles the product into one file for Node 24. Its source map, and esbuild's metafile, are beside it.
import { readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { changedSources, type SourceChange } from "./changed-sources.ts";
import { sourceCondition } from "../source-condition.mjs";
import { root } from "../source-files.ts";

/** The path of the bundle, from the root of the repository. */
export const bundleFile = "dist/ovn4nfv.js";

/** The flags of Node with which the product is started. They stand in its first line. */
export function programFlags(): readonly string[] {
  const [firstLine = ""] = readFileSync(`${root}/src/main.ts`, "utf8").split("\n");
  return firstLine.split(" ").filter((word) => word.startsWith("--"));
}

export interface BundleOptions {
  /** The path of the bundle. By default it is `bundleFile` of this tree. */
  readonly file?: string;
  /** Makes another build of the same tree. */
  readonly changes?: readonly SourceChange[];
}

/** Writes the bundle; resolves with the list of its parts. */
export async function bundle({ file = join(root, bundleFile), changes = [] }: BundleOptions = {}): Promise<Metafile> {
  await mkdir(dirname(file), { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/main.ts"],
    outfile: file,
    plugins: [changedSources(changes)],
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    conditions: [sourceCondition],
    sourcemap: "external",
    metafile: true,
    legalComments: "none",
    // White space goes, because Node keeps the text in memory. Names stay, for stack traces.
    minifyWhitespace: true,
    logLevel: "warning",
    // Packages in CommonJS call require(), which a module does not have.
    banner: {
      js: 'import { createRequire as createRequireOfModule } from "node:module"; const require = createRequireOfModule(import.meta.url);',
    },
  });
  await chmod(file, 0o755);
  await writeFile(join(dirname(file), "metafile.json"), JSON.stringify(metafile));
  return metafile;
}
