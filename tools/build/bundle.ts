// Bundles the product, with the page in a folder of its own, for Node 24 into a few files, of which a subcommand loads those that it needs: Node keeps the text of
// what it has loaded in memory. Their source maps, and esbuild's metafile, are beside them.
import { readFileSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { bundlePage } from "./page-bundle.ts";
import { changedSources, type SourceChange } from "./changed-sources.ts";
import { sourceCondition } from "../source-condition.mjs";
import { root } from "../source-files.ts";

/** The folder of the bundle, from the root of the repository. */
const bundleFolder = "dist/product";
/** The file of the bundle that is started. The others are in `parts`, and loaded by it. */
export const startedFile = "ovn4nfv.mjs";
/** The folder of the page, from the folder of the bundle. */
export const pageFolder = "page";
/** The path of the file that is started, from the root of the repository. */
export const bundleFile = `${bundleFolder}/${startedFile}`;

/** The flags of Node with which the image starts a subcommand. They stand in its script. */
export function programFlags(subcommand: "agent" | "*" = "*"): readonly string[] {
  const lines = readFileSync(`${root}/deploy/ovn4nfv.sh`, "utf8").split("\n");
  const line = lines.find((each) => each.trimStart().startsWith(`${subcommand}) exec `)) ?? "";
  return line.split(" ").filter((word) => word.startsWith("--"));
}

export interface BundleOptions {
  /** The folder of the bundle, which is made anew. By default it is that of this tree. */
  readonly folder?: string;
  /** Makes another build of the same tree. */
  readonly changes?: readonly SourceChange[];
}

/** Writes the bundle and the page; resolves with the list of their parts. */
export async function bundle(options: BundleOptions = {}): Promise<Metafile> {
  const { folder = join(root, bundleFolder), changes = [] } = options;
  // The names of parts change with their text.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ovn4nfv: "src/main.ts" },
    outdir: folder,
    splitting: true,
    chunkNames: "parts/[name]-[hash]",
    // Where no package.json says what .js means, Node would read each file twice.
    outExtension: { ".js": ".mjs" },
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
  await chmod(join(folder, startedFile), 0o755);
  const page = await bundlePage(join(folder, pageFolder));
  const both = {
    inputs: Object.assign(page.inputs, metafile.inputs),
    outputs: Object.assign(page.outputs, metafile.outputs),
  };
  await writeFile(join(folder, "metafile.json"), JSON.stringify(both));
  return both;
}

/** Reads the files of a bundle that Node or a browser loads, by their paths in its folder, in the order of names. */
export async function readBundle(folder = join(root, bundleFolder)): Promise<ReadonlyMap<string, Buffer>> {
  const found = await readdir(folder, { recursive: true });
  const paths = found.filter((path) => /\.(?:mjs|js|css|html)$/.test(path)).sort();
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const)));
}
