// Bundles the page of `ovn4nfv view` for browsers. It makes no request to elsewhere: everything is in these files.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { root } from "../source-files.ts";

/** Writes the page into a folder: `index.html`, and the style and scripts that it names. */
export async function bundlePage(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    // The worker is a file of its own, because the browser starts it by its address.
    entryPoints: { page: "page/main.ts", layout: "page/map/layout-worker.ts", style: "page/style/page.css" },
    outdir: folder,
    bundle: true,
    platform: "browser",
    // Firefox and Safari are as old as the longest supported release of Firefox.
    target: ["chrome128", "firefox128", "safari17.6"],
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    sourcemap: "external",
    metafile: true,
    legalComments: "none",
    minify: true,
    logLevel: "warning",
  });
  await copyFile(join(root, "page/index.html"), join(folder, "index.html"));
  return metafile;
}
