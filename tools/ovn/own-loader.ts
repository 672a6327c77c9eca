import { basename } from "node:path";

/** The files that the loader printed for `--list`: the libraries of a program by the name under which it asks for them. */
export function librariesIn(listed: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", path = ""] of listed.matchAll(/^\s*(\S+) => (\/\S+) \(0x[0-9a-f]+\)$/gm)) {
    // The loader itself is named by its path.
    if (!name.startsWith("/")) found.set(name, path);
  }
  return found;
}

/** A script that runs a program with the loader and the libraries of its own release, and under its own name. */
export function loaderScript(loader: string, libraries: string, program: string): string {
  const args = [loader, "--library-path", libraries, "--argv0", basename(program), program];
  return `#!/bin/sh\nexec ${args.map((arg) => `'${arg}'`).join(" ")} "$@"\n`;
}
