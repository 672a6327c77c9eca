import { globSync } from "node:fs";
import { dirname } from "node:path";

/** The path of the checkout. It does not depend on the caller's working directory. */
export const root: string = dirname(import.meta.dirname);

/** Top-level folders that hold TypeScript of ours. */
export const sourceFolders = [
  "src",
  "webhooks",
  "cni",
  "certs",
  "page",
  "tools",
  "lab",
  "demo",
  "guides",
  "packages",
  "test",
] as const;

/** Folders whose code is in the product. The pattern stands for each package of the workspace. */
export const productFolders = ["src", "webhooks", "cni", "certs", "page", "packages/*/src"] as const;

/** Paths (relative to the checkout, sorted) of the TypeScript files under `folders`, found without any tool's globs. */
export function sourceFiles(folders: readonly string[] = sourceFolders): readonly string[] {
  return folders
    .flatMap((folder) =>
      globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root, exclude: ["**/node_modules/**", "**/dist/**"] }),
    )
    .sort();
}
