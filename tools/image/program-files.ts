// Collects programs of this machine, with every shared library that they need, as files of a container image.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { TarEntry } from "./tar.ts";

/** Reads the paths of the libraries and the loader from the output of ldd. Throws when one is not found. */
export function librariesOf(listing: string): readonly string[] {
  return listing.split("\n").flatMap((line) => {
    const [, name = "", path = name] = /^\t(\S+)(?: => (not found|\S+))?/.exec(line) ?? [];
    if (path === "not found") throw new Error(`the library ${name} is not on this machine`);
    // A line without a path is a library of the kernel.
    return path.startsWith("/") ? [path] : [];
  });
}

/**
 * The executables at their paths in the image, their libraries at the paths where the loader looks for them, and all
 * folders of these paths, in the order of names.
 */
export async function programFiles(programs: ReadonlyMap<string, string>): Promise<readonly TarEntry[]> {
  const listings = await Promise.all([...programs.values()].map((file) => promisify(execFile)("ldd", [file])));
  const libraries = listings.flatMap(({ stdout }) => librariesOf(stdout));
  const origins = new Map([...programs, ...libraries.map((path) => [path.slice(1), path] as const)]);
  const sorted = [...origins].sort(([a], [b]) => (a < b ? -1 : 1));
  const files = sorted.map(async ([path, origin]): Promise<TarEntry> => {
    return { kind: "file", path, content: await readFile(origin), executable: true };
  });
  return [...foldersOf([...origins.keys()]), ...(await Promise.all(files))];
}

/** The folders that hold the paths, outer ones first. */
export function foldersOf(paths: readonly string[]): readonly TarEntry[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort().map((path) => ({ kind: "folder", path }));
}
