import { readFile } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import type { Loader, Plugin } from "esbuild";
import { root } from "../source-files.ts";

/** A text in a source that a build has otherwise. */
export interface SourceChange {
  /** The path of the source, from the root of the repository. */
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/** Lets esbuild read sources with these changes. The build fails when a source does not have the text. */
export function changedSources(changes: readonly SourceChange[]): Plugin {
  const bySource = Map.groupBy(changes, ({ path }) => path);
  return {
    name: "changed-sources",
    setup(build) {
      if (changes.length === 0) return;
      const missing = new Set(bySource.keys());
      build.onLoad({ filter: /\.(?:ts|json)$/ }, async ({ path }) => {
        const source = relative(root, path);
        const own = bySource.get(source);
        if (own === undefined) return undefined;
        missing.delete(source);
        const text = await readFile(join(root, source), "utf8");
        return { contents: own.reduce(change, text), loader: extname(source).slice(1) as Loader };
      });
      build.onEnd(() => {
        if (missing.size > 0) throw new Error(`${[...missing].join(", ")} is no part of the build`);
      });
    },
  };
}

function change(text: string, { path, from, to }: SourceChange): string {
  if (!text.includes(from)) throw new Error(`${path} does not have: ${from}`);
  return text.replace(from, () => to);
}
