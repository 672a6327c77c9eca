// Bundles the product into one file for Node 24. Its source map, and esbuild's metafile, are beside it.
import { readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { build, type Metafile } from "esbuild";
import { sourceCondition } from "../source-condition.mjs";
import { root } from "../source-files.ts";

/** The path of the bundle, from the root of the repository. */
export const bundleFile = "dist/ovn4nfv.js";

/** The flags of Node with which the product is started. They stand in its first line. */
export function programFlags(): readonly string[] {
  const [firstLine = ""] = readFileSync(`${root}/src/main.ts`, "utf8").split("\n");
  return firstLine.split(" ").filter((word) => word.startsWith("--"));
}

/** Writes the bundle; resolves with the list of its parts. */
export async function bundle(): Promise<Metafile> {
  await mkdir(`${root}/dist`, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/main.ts"],
    outfile: bundleFile,
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
  await chmod(`${root}/${bundleFile}`, 0o755);
  await writeFile(`${root}/dist/metafile.json`, JSON.stringify(metafile));
  return metafile;
}
