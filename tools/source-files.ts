import { globSync } from "node:fs";
import { dirname } from "node:path";

/** The checkout, however deep the caller's working directory is. */
export const root: string = dirname(import.meta.dirname);

/** Top-level folders that hold TypeScript of ours. */
export const sourceFolders = ["src", "webhooks", "cni", "certs", "tools", "lab", "demo", "test"] as const;

/** Top-level folders that end up in the product. */
export const productFolders = ["src", "webhooks", "cni", "certs"] as const;

/** Paths (relative to the checkout, sorted) of the TypeScript files under `folders`, found without any tool's globs. */
export function sourceFiles(folders: readonly string[] = sourceFolders): readonly string[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ["**/node_modules/**"] }))
    .sort();
}
