// The product as one file for Node 24, with its source map and what esbuild knows of it beside it.
import { readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { build, type Metafile } from "esbuild";
import { sourceCondition } from "../source-condition.mjs";
import { root } from "../source-files.ts";

/** Where the bundle is, from the root of the repository. */
export const bundleFile = "dist/ovn4nfv.js";

/** The flags of Node that the product is started with: those of its first line. */
export function programFlags(): readonly string[] {
  const [firstLine = ""] = readFileSync(`${root}/src/main.ts`, "utf8").split("\n");
  return firstLine.split(" ").filter((word) => word.startsWith("--"));
}

/** Writes the bundle; resolves with what went into it. */
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
    // Node keeps the text in memory; names stay, for stack traces.
    minifyWhitespace: true,
    logLevel: "warning",
    // Packages in CommonJS call require(); a module has none of its own.
    banner: {
      js: 'import { createRequire as createRequireOfModule } from "node:module"; const require = createRequireOfModule(import.meta.url);',
    },
  });
  await chmod(`${root}/${bundleFile}`, 0o755);
  await writeFile(`${root}/dist/metafile.json`, JSON.stringify(metafile));
  return metafile;
}
