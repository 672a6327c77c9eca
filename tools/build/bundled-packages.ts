import type { Metafile } from "esbuild";

/** The folders of the npm packages that are parts of a bundle, from the root of the repository, in the order of names. */
export function bundledPackages({ outputs }: Metafile): readonly string[] {
  const paths = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = paths.flatMap((path) => {
    // A package may lie in the folder of another one.
    return /^(?:.*node_modules\/(?:@[^/]+\/)?|packages\/)[^/]+(?=\/)/.exec(path)?.[0] ?? [];
  });
  return [...new Set(folders)].sort();
}
