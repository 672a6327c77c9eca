// The library libfaketime, which gives a process another wall clock.
import { readdirSync } from "node:fs";
import { join } from "node:path";

export const clockLibraryName = "libfaketime.so.1";

/** The path of the library. Debian keeps it in a folder of the architecture. */
export function clockLibrary(): string {
  const found = readdirSync("/usr/lib")
    .map((name) => join("/usr/lib", name, "faketime"))
    .find((path) => isFolderWith(path, clockLibraryName));
  if (found === undefined) throw new Error(`${clockLibraryName} is not installed`);
  return join(found, clockLibraryName);
}

/** The environment in which a process reads its clock by the library: `file` says by how many seconds the clock is ahead, such as `+600`. */
export function clockEnvironment(library: string, file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    FAKETIME_CACHE_DURATION: "1",
  };
}

function isFolderWith(path: string, name: string): boolean {
  try {
    return readdirSync(path).includes(name);
  } catch {
    return false; // There is no such folder.
  }
}
